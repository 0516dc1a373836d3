"""The commands `test-dag`, `test-task` and `render-task`."""

from __future__ import annotations

import argparse
import json
import logging
import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

from updraft_airflow import compat, timezone
from updraft_airflow.by_hand import engine
from updraft_airflow.by_hand.find import NotFoundError, find, task_of
from updraft_airflow.by_hand.masked import Masked
from updraft_airflow.configuration import conf
from updraft_airflow.exceptions import AirflowException
from updraft_airflow.log import SecretsMasker, redact
from updraft_airflow.runtime import inline, runner
from updraft_airflow.runtime.arguments import copies
from updraft_airflow.runtime.context import build, set_current_context
from updraft_airflow.runtime.dag_test import TestRequest, make_run, test
from updraft_airflow.runtime.instances import TaskInstance
from updraft_airflow.runtime.memory import MemorySupervisor
from updraft_airflow.runtime.supervisor import current, supervised_by
from updraft_airflow.states import DagRunState, TaskInstanceState

_RULE = "# " + "-" * 58


class UsageError(Exception):
    """An argument cannot be understood."""


def test_dag(options: argparse.Namespace) -> int:
    """Runs a DAG once; 1 if the run fails."""
    return _said(lambda: _test_dag(options))


def test_task(options: argparse.Namespace) -> int:
    """Runs a task alone, without the tasks before it; 1 if it fails."""
    return _said(lambda: _test_task(options))


def render_task(options: argparse.Namespace) -> int:
    """Prints the rendered templates of a task."""
    return _said(lambda: _render_task(options))


def _said(command: Callable[[], int]) -> int:
    """What a command says of its arguments; as in Airflow that is 1. Nothing of it shows secrets."""
    engine.ask_if_there()
    with redirect_stdout(Masked(sys.stdout)):
        try:
            return command()
        except (NotFoundError, UsageError) as error:
            print(redact(str(error)), file=sys.stderr)  # noqa: T201
            return 1


def _test_dag(options: argparse.Namespace) -> int:
    conf_ = _json(options.conf, "Configuration") if options.conf else None
    date = _date(options.logical_date) if options.logical_date else None
    mark = _pattern(options.mark_success_pattern)
    dag = find(options.place, options.dag_id)
    _log_to_stdout()
    request = TestRequest(logical_date=date, dated=date is not None, conf=conf_, mark_success=mark)
    try:
        run = test(dag, request)
    except AirflowException as error:
        raise UsageError(str(error)) from error
    if run.state == DagRunState.FAILED:
        print("DagRun failed", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _test_task(options: argparse.Namespace) -> int:
    params = _json(options.task_params, "Params") if options.task_params else {}
    ti = _instance(options)
    ti.task.params.update(params)
    ti.try_number, ti.test_mode = 1, True
    _log_to_stdout()
    supervisor = MemorySupervisor(current())
    supervisor.runs[ti.dag_id, str(ti.run_id)] = ti.dag_run
    with compat.of_file(ti.task.dag.compat), supervised_by(supervisor):
        supervisor.first_starts[str(ti.id)] = timezone.utcnow()
        task = ti.task
        # What is to be called when it has ended belongs to runs that count.
        while inline.wait(ti, ended := runner.run(ti, tell=False), "TASK TEST"):
            ti.task = task
    return 0 if ended.state in (TaskInstanceState.SUCCESS, TaskInstanceState.SKIPPED) else 1


def _render_task(options: argparse.Namespace) -> int:
    ti = _instance(options)
    with compat.of_file(ti.task.dag.compat), supervised_by(MemorySupervisor(current())):
        context = build(ti)
        with set_current_context(context):
            task = ti.task = runner.copies_task(ti, context)
            context["task"] = task
            task.render_template_fields(context)
    for field in task.template_fields:
        print(f"{_RULE}\n# property: {field}\n{_RULE}\n{redact(getattr(task, field), field)}\n")  # noqa: T201
    return 0


def _instance(options: argparse.Namespace) -> TaskInstance:
    """The task of a run that is in memory alone. What is no date is the id of the run, which then has the date of now."""
    dag = find(options.subdir, options.dag_id)
    task = task_of(dag, options.task_id, options.map_index)
    date = run_id = None
    try:
        date = _date(options.date) if options.date else None
    except UsageError:
        run_id = options.date
    run = make_run(dag, TestRequest(logical_date=date, dated=date is not None))
    run.run_id = run_id or run.run_id
    run.state = DagRunState.RUNNING
    run.start_date = timezone.coerce_datetime(timezone.utcnow())
    ti = TaskInstance(task, run, map_index=options.map_index)
    run.task_instances.append(ti)
    if task.is_mapped and not task.expand_input.operators():
        count = ti.expanded_ti_count = copies(task.expand_input, build(ti))
        if options.map_index >= count:
            raise NotFoundError(f"task `{task.task_id}` has {count} copies, and no one of them is {options.map_index}")
    return ti


def _json(text: str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{what} {text!r} is not valid JSON. Error: {error}") from error
    if not isinstance(value, dict):
        raise UsageError(f"{what} {text!r} is no JSON object")
    return value


def _date(text: str) -> Any:
    try:
        return timezone.parse(text)
    except ValueError as error:
        raise UsageError(f"`{text}` is no date: {error}") from error


def _pattern(text: str | None) -> re.Pattern[str] | None:
    try:
        return None if text is None else re.compile(text)
    except re.error as error:
        raise UsageError(f"`{text}` is no regular expression: {error}") from error


def _log_to_stdout() -> None:
    """Where Airflow's commands log to, and as they do."""
    handler = logging.StreamHandler(sys.stdout)
    form = logging.Formatter(
        "[%(asctime)s.%(msecs)03d+0000] {%(filename)s:%(lineno)d} %(levelname)s - %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    form.converter = _utc
    handler.setFormatter(form)
    handler.addFilter(SecretsMasker())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(conf.get("logging", "logging_level", fallback="INFO").upper())


def _utc(seconds: float | None) -> Any:
    import time

    return time.gmtime(seconds)
