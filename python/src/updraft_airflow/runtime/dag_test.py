"""`dag.test()`: one run of a DAG in this process, one task after the other."""

from __future__ import annotations

import datetime as dt
import functools
import json
import logging
import re
import sys
from dataclasses import dataclass
from typing import Any

from updraft_airflow import compat, timezone
from updraft_airflow.authoring.assets import Asset
from updraft_airflow.authoring.param import ParamsDict
from updraft_airflow.log import SecretsMasker
from updraft_airflow.plugins.listeners import get_listener_manager
from updraft_airflow.runtime import inline, messages, runner, trigger_rules
from updraft_airflow.runtime.arguments import copies, shares_index, static_copies
from updraft_airflow.runtime.context import build
from updraft_airflow.runtime.instances import DagRun, TaskInstance
from updraft_airflow.runtime.memory import MemorySupervisor
from updraft_airflow.runtime.supervisor import current, supervised_by
from updraft_airflow.states import DagRunState, DagRunType, State
from updraft_airflow.states import TaskInstanceState as Is

log = logging.getLogger("airflow.task")


@dataclass(frozen=True)
class TestRequest:
    """What kind of run is wanted."""

    __test__ = False

    logical_date: dt.datetime | None = None
    dated: bool = False
    run_after: dt.datetime | None = None
    conf: dict[str, Any] | None = None
    connections: str | None = None
    variables: str | None = None
    mark_success: Any = None


def test(dag: Any, request: TestRequest) -> DagRun:
    """Runs the DAG once and returns the run."""
    dag.validate()
    supervisor = MemorySupervisor(current())
    named = (asset for task in dag.tasks for asset in (*task.outlets, *task.inlets))
    supervisor.assets = [asset for asset in named if isinstance(asset, Asset)]
    _load(supervisor, request)
    run = make_run(dag, request)
    supervisor.runs[dag.dag_id, str(run.run_id)] = run
    with compat.of_file(dag.compat), supervised_by(supervisor), _logging():
        _Test(dag, run, supervisor, request.mark_success).go()
    run.memory = supervisor
    return run


test.__test__ = False  # type: ignore[attr-defined]


def make_run(dag: Any, request: TestRequest) -> DagRun:
    """A manual run; in Airflow 3 it may have no logical date."""
    now = timezone.utcnow()
    after = request.run_after or now
    date = request.logical_date if request.dated and (request.logical_date or dag.compat == 3) else now
    date = timezone.convert_to_utc(date)
    interval = None
    if date is not None:
        if dag.compat == 3 and not dag.timetable.can_be_scheduled:
            interval = (date, date)
        else:
            interval = dag.timetable.infer_manual_data_interval(run_after=timezone.coerce_datetime(date))
    named = date if dag.compat == 2 and date is not None else timezone.convert_to_utc(after)
    run = DagRun(
        dag.dag_id,
        DagRunType.MANUAL.generate_run_id(named),
        logical_date=date,
        data_interval=interval,
        run_after=after,
        conf=request.conf,
    )
    run.dag = dag
    # What does not fit makes no run.
    params = ParamsDict.of(dag.params)
    params.deep_merge(request.conf or {})
    params.validate()
    return run


class _Test:
    def __init__(self, dag: Any, run: DagRun, supervisor: MemorySupervisor, mark_success: Any) -> None:
        self.dag, self.run, self.supervisor = dag, run, supervisor
        self.mark = re.compile(mark_success) if isinstance(mark_success, str) else mark_success
        self.failed_fast = False
        for subdag in dag.subdags:
            supervisor.within[subdag.dag_id] = functools.partial(self._run_subdag, subdag)

    def _run_subdag(self, subdag: Any, wanted: messages.TriggerDagRun) -> None:
        """Runs a DAG that is a task of this one, within this run."""
        run = DagRun(
            subdag.dag_id,
            wanted.run_id,
            logical_date=wanted.logical_date,
            data_interval=(self.run.data_interval_start, self.run.data_interval_end),
            run_after=wanted.run_after,
            conf=wanted.conf,
        )
        run.dag = subdag
        self.supervisor.runs[subdag.dag_id, wanted.run_id] = run
        _Test(subdag, run, self.supervisor, self.mark).go()

    def go(self) -> None:
        self.run.state = DagRunState.RUNNING
        self.run.start_date = timezone.coerce_datetime(timezone.utcnow())
        log.info("created dagrun %s", self.run)
        get_listener_manager().hook.on_dag_run_running(dag_run=self.run, msg="")
        for task in self.dag.topological_sort():
            for ti in self._instances(task):
                self.run.task_instances.append(ti)
                if ti.state is None:
                    self._one(ti)
        self._finish()

    def _instances(self, task: Any) -> list[TaskInstance]:
        """The copies of a task; of one that cannot have any yet, a single one with its state."""
        ti = TaskInstance(task, self.run)
        verdict = self._verdict(ti) if task.is_mapped else None
        mapped = task.expand_input if task.is_mapped else None
        group = task.get_closest_mapped_task_group()
        mapped = mapped if mapped is not None else group.expand_input if group is not None else None
        if mapped is None:
            return [ti]
        known = static_copies(mapped)
        if (verdict is not None and known is None) or (not self._can_expand(mapped) and not known):
            ti.state = verdict or self._why_not(mapped)
            return [ti]
        count = copies(mapped, build(ti)) if known is None else known
        if not count:
            ti.state = Is.SKIPPED
            return [ti]
        made = [TaskInstance(task, self.run, map_index=index) for index in range(count)]
        for one in made:
            one.expanded_ti_count = count
        return made

    def _sources(self, mapped: Any) -> list[Any]:
        return [ti for operator in mapped.operators() for ti in self._of(operator.task_id)]

    def _can_expand(self, mapped: Any) -> bool:
        return all(ti.state == Is.SUCCESS or ti.map_index >= 0 for ti in self._sources(mapped))

    def _why_not(self, mapped: Any) -> Is:
        failed = any(ti.state in State.failed_states for ti in self._sources(mapped))
        return Is.UPSTREAM_FAILED if failed else Is.SKIPPED

    def _of(self, task_id: str) -> list[TaskInstance]:
        return [ti for ti in self.run.task_instances if ti.task_id == task_id]

    def _verdict(self, ti: TaskInstance) -> Is | None:
        """`None` if it runs, else the state that it gets."""
        if (ti.task_id, None) in self.supervisor.skipped or (ti.task_id, ti.map_index) in self.supervisor.skipped:
            return Is.SKIPPED
        states: list[tuple[str, bool]] = []
        for task in ti.task.upstream_list:
            for before in self._of(task.task_id):
                same = ti.map_index < 0 or not shares_index(task, ti.task) or before.map_index in (-1, ti.map_index)
                if same:
                    states.append((str(before.state), task.is_setup))
        return trigger_rules.decide(ti.task.trigger_rule, states)

    def _one(self, ti: TaskInstance) -> None:
        if self.failed_fast and not ti.task.is_teardown:
            ti.state = Is.SKIPPED
            return
        verdict = self._verdict(ti)
        if verdict is not None:
            ti.state = verdict
            return
        if self.mark is not None and self.mark.match(ti.task_id):
            ti.state = Is.SUCCESS
            log.info("[DAG TEST] Marking success for %s on %s", ti.task_id, self.run.logical_date)
            return
        ti.try_number = 1
        log.info("[DAG TEST] starting task_id=%s map_index=%s", ti.task_id, ti.map_index)
        self._run_to_end(ti)
        log.info("[DAG TEST] end task task_id=%s map_index=%s", ti.task_id, ti.map_index)
        self.failed_fast = self.failed_fast or (self.dag.fail_fast and ti.state == Is.FAILED)

    def _run_to_end(self, ti: TaskInstance) -> None:
        task = ti.task
        self.supervisor.first_starts[str(ti.id)] = timezone.utcnow()
        while True:
            ti.task = task
            context = build(ti)
            ended = runner.run(ti, context)
            if ended.state == Is.UP_FOR_RETRY:
                self.supervisor.forget(ti)
                ti.try_number += 1
                ti.next_method = ti.next_kwargs = ti.start_date = None
            elif not inline.wait(ti, ended, "DAG TEST"):
                break
        ti.task = task
        if ti.state == Is.SUCCESS:
            self.supervisor.note_assets(ti, context)

    def _finish(self) -> None:
        """The state of the run is that of its last tasks; a plain teardown does not count."""
        deciding = [task.task_id for task in self.dag.tasks if _decides(task)]
        failed = any(ti.state in State.failed_states for task_id in deciding for ti in self._of(task_id))
        self.run.state = DagRunState.FAILED if failed else DagRunState.SUCCESS
        self.run.end_date = timezone.coerce_datetime(timezone.utcnow())
        log.log(
            logging.ERROR if failed else logging.INFO,
            "Marking run %s %s",
            self.run,
            "failed" if failed else "successful",
        )
        name = "on_failure_callback" if failed else "on_success_callback"
        callback = getattr(self.dag, name)
        if callback is not None and self.run.task_instances:
            last = next(
                (ti for ti in self.run.task_instances if ti.state in State.failed_states), self.run.task_instances[-1]
            )
            context = build(last)
            context["reason"] = "task_failure" if failed else "success"
            runner.call(callback, context)
        hook = get_listener_manager().hook
        (hook.on_dag_run_failed if failed else hook.on_dag_run_success)(
            dag_run=self.run, msg="task_failure" if failed else "success"
        )


def _decides(task: Any) -> bool:
    """Whether a task is one of the last that count: nothing but teardowns comes after it."""
    if task.is_teardown:
        return task.on_failure_fail_dagrun
    return all(after.is_teardown for after in task.downstream_list)


def _load(supervisor: MemorySupervisor, request: TestRequest) -> None:
    """Variables and connections from files, in JSON or, with PyYAML, in YAML; variables also as `NAME=value` lines."""
    if request.variables:
        for key, value in _read(request.variables).items():
            supervisor.variables[key] = value if isinstance(value, str) else json.dumps(value)
    if request.connections:
        from updraft_airflow.connections.connection import Connection

        for conn_id, value in _read(request.connections).items():
            made = (
                Connection(conn_id, uri=value)
                if isinstance(value, str)
                else Connection.from_json(json.dumps(value), conn_id)
            )
            fields = ("conn_type", "host", "schema", "login", "password", "port", "extra", "description")
            supervisor.connections[conn_id] = messages.ConnectionResult(
                conn_id, **{name: getattr(made, name) for name in fields}
            )


def _read(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if path.endswith(".json"):
        return json.loads(text)
    if path.endswith((".yaml", ".yml")):
        import yaml

        return yaml.safe_load(text)
    lines = (line.strip() for line in text.splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


class _logging:
    """Shows what tasks log, unless the program has set up logging itself."""

    def __enter__(self) -> None:
        self._handler: logging.Handler | None = None
        root = logging.getLogger()
        if not root.handlers:
            self._handler = logging.StreamHandler(sys.stderr)
            self._handler.setFormatter(
                logging.Formatter("[%(asctime)s] {%(filename)s:%(lineno)d} %(levelname)s - %(message)s")
            )
            self._handler.addFilter(SecretsMasker())
            root.addHandler(self._handler)
        self._level = root.level
        root.setLevel(logging.INFO)

    def __exit__(self, *_: object) -> None:
        root = logging.getLogger()
        root.setLevel(self._level)
        if self._handler is not None:
            root.removeHandler(self._handler)
