"""One attempt, in a fork: reads the DAG file, runs the task, and says how it ended."""

from __future__ import annotations

import logging
import os
import signal
from typing import Any

from updraft_airflow import compat
from updraft_airflow.configuration import conf
from updraft_airflow.exceptions import AirflowTaskTerminated
from updraft_airflow.log import tell_secrets_to
from updraft_airflow.manifest.parse import parse
from updraft_airflow.runtime import runner
from updraft_airflow.runtime.context import build
from updraft_airflow.runtime.instances import TaskInstance
from updraft_airflow.runtime.interrupts import WHOLE
from updraft_airflow.runtime.supervisor import supervised_by
from updraft_airflow.serve import end, logs
from updraft_airflow.serve.callbacks import call_ordered
from updraft_airflow.serve.channel import Channel
from updraft_airflow.serve.impersonate import ImpersonationError, become, needs_sudo
from updraft_airflow.serve.order import instance
from updraft_airflow.serve.sudo import hand_over
from updraft_airflow.serve.supervisor import FrameSupervisor

log = logging.getLogger("airflow.task")


class NothingToRunError(Exception):
    """The file does not hold what the order names; `again` says whether that may pass."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


def carry_out(order: dict[str, Any], channel: Channel) -> dict[str, Any] | None:
    """Does what a `StartupDetails` orders; the message that ends the attempt, unless a process of another user has sent it."""
    logs.install(channel)
    context = order["ti_context"]
    again = bool(context.get("should_retry"))
    os.environ["AIRFLOW__CORE__DAG_RUN_CONF_OVERRIDES_PARAMS"] = str(context.get("dag_run_conf_overrides_params", True))
    supervisor = FrameSupervisor(channel, context.get("start_date"))
    tell_secrets_to(supervisor.mask)
    try:
        with supervised_by(supervisor):
            return _carry_out(order, channel, again=again)
    except NothingToRunError as error:
        log.error("%s", error)
        return end.failed(str(error), again=again and error.again)
    except BaseException as error:
        log.error("Task failed with exception", exc_info=error)
        return end.failed(f"{type(error).__name__}: {error}", again=again)


def _carry_out(order: dict[str, Any], channel: Channel, *, again: bool) -> dict[str, Any] | None:
    task = _find(order)
    ti = instance(task, order)
    if (order.get("callback") or {}).get("scope") != "dag":
        user = task.run_as_user or conf.get("core", "default_impersonation", fallback="")
        if user and _is_done_as(user, order, channel):
            return None
    with compat.of_file(task.dag.compat):
        if order.get("callback") is not None:
            return call_ordered(ti, order["callback"], channel, again=again)
        _end_on_sigterm(ti)
        context = build(ti)
        ended = runner.run(ti, context, tell=False)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return end.message(ended, context, again=again)


def _find(order: dict[str, Any]) -> Any:
    folder = conf.get("core", "dags_folder")
    file, told = os.path.join(folder, order["dag_rel_path"]), order["ti"]
    parsed = parse(file, describe=False)
    dag = next((dag for dag in parsed.dags if dag.dag_id == told["dag_id"]), None)
    problem = parsed.problem_of(told["dag_id"])
    if dag is None and problem is not None:
        log.error("%s", problem.trace)
        raise NothingToRunError(f"{problem.place}: {problem.kind}: {problem.message}", again=True)
    if dag is None:
        raise NothingToRunError(f"DAG `{told['dag_id']}` is not in `{file}`", again=False)
    if not dag.has_task(told["task_id"]):
        of_run = (order.get("callback") or {}).get("scope") == "dag"
        if of_run and dag.tasks:
            # What has happened to a run while its tasks go on is about none of them.
            return dag.tasks[0]
        raise NothingToRunError(f"DAG `{told['dag_id']}` has no task `{told['task_id']}` in `{file}`", again=False)
    return dag.get_task(told["task_id"])


def _is_done_as(user: str, order: dict[str, Any], channel: Channel) -> bool:
    """Becomes that user, or has a process of that user carry out the order, which is done then."""
    try:
        if not needs_sudo(user):
            become(user)
            return False
        hand_over(user, order, channel)
    except ImpersonationError as error:
        raise NothingToRunError(str(error), again=False) from error
    return True


def _end_on_sigterm(ti: TaskInstance) -> None:
    """On SIGTERM the task's `on_kill` is called; then the task ends with an exception. Once: others that follow are ignored."""

    def stop() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        log.error("Received SIGTERM. Terminating subprocesses.")
        try:
            ti.task.on_kill()
        except Exception:
            log.exception("on_kill failed")
        raise AirflowTaskTerminated("Task received SIGTERM signal")

    signal.signal(signal.SIGTERM, lambda *_: WHOLE.interrupt(stop))
