"""A run and an attempt, as tasks see them."""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
import uuid
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any, NamedTuple

from updraft_airflow import timezone
from updraft_airflow.authoring.xcom_arg import XCOM_RETURN_KEY
from updraft_airflow.exceptions import AirflowRuntimeError
from updraft_airflow.runtime import messages, xcom
from updraft_airflow.runtime.supervisor import Supervisor, ask, supervised_by
from updraft_airflow.states import DagRunState, DagRunType, TaskInstanceState
from updraft_airflow.unset import NOTSET


class DagRun:
    """A run of a DAG."""

    def __init__(
        self,
        dag_id: str | None = None,
        run_id: str | None = None,
        *,
        run_type: Any = DagRunType.MANUAL,
        logical_date: dt.datetime | None = None,
        data_interval: Any = None,
        run_after: dt.datetime | None = None,
        conf: dict[str, Any] | None = None,
    ) -> None:
        self.dag_id, self.run_id, self.run_type = dag_id, run_id, run_type
        self.logical_date = timezone.coerce_datetime(logical_date)
        start, end = data_interval if data_interval is not None else (None, None)
        self.data_interval_start, self.data_interval_end = (
            timezone.coerce_datetime(start),
            timezone.coerce_datetime(end),
        )
        self.run_after = timezone.coerce_datetime(run_after or timezone.utcnow())
        self.conf = conf or {}
        self.state: DagRunState | None = DagRunState.QUEUED
        self.queued_at: dt.datetime | None = None
        self.start_date: dt.datetime | None = None
        self.end_date: dt.datetime | None = None
        self.dag: Any = None
        self.consumed_asset_events: dict[Any, Any] = {}
        self.task_instances: list[TaskInstance] = []
        self.external_trigger = str(run_type) in ("manual", "operator_triggered")
        self.triggered_by = None
        self.note: str | None = None
        self.creating_job_id = None
        self.memory: Supervisor | None = None
        """Who knows what its tasks have left, once `dag.test()` is over."""

    @property
    def execution_date(self) -> Any:
        """Airflow 2's name of the logical date."""
        return self.logical_date

    @property
    def is_backfill(self) -> bool:
        """Whether it is one of a backfill."""
        return str(self.run_type) == "backfill"

    @property
    def consumed_dataset_events(self) -> Any:
        """Airflow 2's name of the events that caused it."""
        return self.consumed_asset_events

    def get_task_instances(self, state: Any = None) -> list[TaskInstance]:
        """Its tasks, or those of them in some states."""
        if state is None:
            return list(self.task_instances)
        states = [state] if isinstance(state, str) else list(state)
        return [ti for ti in self.task_instances if ti.state in states]

    def get_task_instance(self, task_id: str, map_index: int = -1, **_: Any) -> TaskInstance | None:
        """One of its tasks."""
        found = (ti for ti in self.task_instances if ti.task_id == task_id and ti.map_index == map_index)
        return next(found, None)

    def get_state(self) -> Any:
        """Its state."""
        return self.state

    def get_dag(self) -> Any:
        """Its DAG."""
        return self.dag

    def get_previous_dagrun(self, state: Any = None, **_: Any) -> Any:
        """The run before."""
        if self.logical_date is None or self.dag_id is None:
            return None
        answer = ask(messages.GetPreviousDagRun(dag_id=self.dag_id, logical_date=self.logical_date, state=state))
        return answer.dag_run if isinstance(answer, messages.DagRunResult) else None

    def __repr__(self) -> str:
        return f"<DagRun {self.dag_id} @ {self.logical_date}: {self.run_id}, state:{self.state}>"


class TaskInstanceKey(NamedTuple):
    """Which task of which run, and which try of it."""

    dag_id: str
    task_id: str
    run_id: str
    try_number: int = 1
    map_index: int = -1

    @property
    def primary(self) -> tuple[str, str, str, int]:
        """Without the try."""
        return self.dag_id, self.task_id, self.run_id, self.map_index


class TaskInstance:
    """A task of a run; while it runs, the attempt at it."""

    def __init__(
        self, task: Any, dag_run: DagRun | None = None, *, run_id: str | None = None, map_index: int = -1, **_: Any
    ) -> None:
        self.id = uuid.uuid4()
        self.task, self.dag_run = task, dag_run
        self.has_skipped_others = False
        self.task_id, self.dag_id = task.task_id, task.dag_id
        self.run_id = dag_run.run_id if dag_run is not None else run_id
        self.map_index = map_index
        self.try_number, self.max_tries = 0, task.retries
        self.state: TaskInstanceState | None = None
        self.start_date: Any = None
        self.end_date: Any = None
        self.duration: float | None = None
        self.hostname, self.unixname, self.pid = socket.gethostname(), os.environ.get("USER", ""), os.getpid()
        self.pool, self.pool_slots, self.queue = task.pool, task.pool_slots, task.queue
        self.operator, self.custom_operator_name = task.task_type, task.operator_name
        self.priority_weight, self.executor_config = task.priority_weight, task.executor_config
        self.test_mode = False
        self.reschedule_count = 0
        self.rendered_map_index: str | None = None
        self.next_method: str | None = None
        self.next_kwargs: dict[str, Any] | None = None
        self.note = self.job_id = self.external_executor_id = self.queued_dttm = None
        self.expanded_ti_count: int | None = None
        self.log = logging.getLogger("airflow.task")

    @property
    def logical_date(self) -> Any:
        """The logical date of its run."""
        return self.dag_run.logical_date if self.dag_run is not None else None

    execution_date = logical_date

    @property
    def key(self) -> TaskInstanceKey:
        """What names it."""
        return TaskInstanceKey(self.dag_id, self.task_id, str(self.run_id), self.try_number, self.map_index)

    @property
    def prev_attempted_tries(self) -> int:
        """How many tries there were before, and this one."""
        return self.try_number

    @property
    def is_premature(self) -> bool:
        """Whether its next try is still to come."""
        return self.state == TaskInstanceState.UP_FOR_RETRY

    @property
    def log_url(self) -> str:
        """The page of its log."""
        from urllib.parse import quote

        from updraft_airflow.configuration import conf

        base = conf.get("api", "base_url", fallback=None) or conf.get("webserver", "base_url")
        return (
            f"{base}/dags/{self.dag_id}/runs/{quote(str(self.run_id))}/tasks/{self.task_id}?map_index={self.map_index}"
        )

    mark_success_url = log_url

    def get_dagrun(self, *_: Any, **__: Any) -> DagRun | None:
        """Its run."""
        return self.dag_run

    def get_template_context(self, *_: Any, **__: Any) -> Any:
        """Its context."""
        from updraft_airflow.runtime.context import build

        return build(self)

    def current_state(self, *_: Any) -> Any:
        """Its state."""
        return self.state

    def is_eligible_to_retry(self) -> bool:
        """Whether it is tried again if it fails."""
        return self.try_number <= self.max_tries

    def get_previous_dagrun(self, state: Any = None, **_: Any) -> Any:
        """The run before."""
        return self.dag_run.get_previous_dagrun(state) if self.dag_run is not None else None

    def get_previous_ti(self, state: Any = None, logical_date: dt.datetime | None = None, map_index: int = -1) -> Any:
        """This task in the newest run before, or before a date; Airflow 3."""
        date = logical_date or (self.dag_run.logical_date if self.dag_run is not None else None)
        answer = ask(messages.GetPreviousTI(self.dag_id, self.task_id, date, map_index, state))
        return answer.task_instance if isinstance(answer, messages.PreviousTIResult) else None

    @staticmethod
    def get_dag(dag_id: str) -> Any:
        """What the engine knows of a DAG, whether it is paused for example; Airflow 3."""
        answer = ask(messages.GetDag(dag_id))
        if isinstance(answer, messages.DagResult):
            return answer
        raise AirflowRuntimeError(answer)

    def next_retry_datetime(self) -> dt.datetime:
        """When the next try begins at the earliest."""
        return timezone.utcnow() + self.task.retry_delay

    # XComs.

    def _where(self, **more: Any) -> dict[str, Any]:
        return {"dag_id": self.dag_id, "run_id": str(self.run_id), "task_id": self.task_id, **more}

    def xcom_push(self, key: str, value: Any, execution_date: Any = None, session: Any = None) -> None:
        """Leaves a value for other tasks."""
        self.leave(key, value)

    def leave(self, key: str, value: Any, *, mapped_length: int | None = None) -> None:
        """The same, and says how many items it has if tasks are mapped over it."""
        if not isinstance(key, str):
            raise TypeError(f"the key of an XCom is a string, not {type(key).__name__}")
        dag = self.task.dag
        kept = xcom.write(
            value, level=dag.compat if dag is not None else 3, key=key, map_index=self.map_index, **self._where()
        )
        request = messages.SetXCom(
            key=key, value=kept, map_index=self.map_index, mapped_length=mapped_length, **self._where()
        )
        xcom.done(ask(request))

    def xcom_pull(
        self,
        task_ids: str | Iterable[str] | None = None,
        dag_id: str | None = None,
        key: str = XCOM_RETURN_KEY,
        include_prior_dates: bool = False,
        session: Any = None,
        *,
        map_indexes: int | Iterable[int] | None = None,
        default: Any = NOTSET,
        run_id: str | None = None,
    ) -> Any:
        """Takes a value that a task has left; after `dag.test()`, too."""
        memory = self.dag_run.memory if self.dag_run is not None else None
        with supervised_by(memory) if memory is not None else nullcontext():
            return self._pull(task_ids, dag_id, key, include_prior_dates, map_indexes, default, run_id)

    def _pull(
        self, task_ids: Any, dag_id: str | None, key: str, prior: bool, map_indexes: Any, default: Any, run_id: Any
    ) -> Any:
        two = self.task.dag is None or self.task.dag.compat == 2
        fallback = default if two and default is not NOTSET else None
        where = {"dag_id": dag_id or self.dag_id, "run_id": run_id or str(self.run_id), "key": key}
        if task_ids is None:
            if two:
                found, value = xcom.find(messages.UpdraftGetNewestXCom(**where))
                return value if found else fallback
            task_ids = self.task_id
            map_indexes = self.map_index if map_indexes is None else map_indexes
        if isinstance(task_ids, str):
            return self._pull_one(task_ids, where, prior, map_indexes, fallback, two=two)
        pulled: list[Any] = []
        for task_id in task_ids or ():
            found, value = self._pull_all(task_id, where, prior, map_indexes)
            if found or not two:
                pulled.extend(value if found else [None])
        return pulled

    def _pull_one(
        self, task_id: str, where: dict[str, Any], prior: bool, indexes: Any, fallback: Any, *, two: bool
    ) -> Any:
        if indexes is None and self._has_copies(task_id, where["dag_id"]):
            values = xcom.LazyXComSequence(task_id=task_id, **where)
            return values if two else list(values)
        if isinstance(indexes, Iterable):
            return self._pull_all(task_id, where, prior, indexes)[1]
        request = messages.GetXCom(task_id=task_id, map_index=indexes, include_prior_dates=prior, **where)
        found, value = xcom.find(request)
        return value if found else fallback

    def _pull_all(self, task_id: str, where: dict[str, Any], prior: bool, indexes: Any) -> tuple[bool, list[Any]]:
        """What a task has left, as a list: of a mapped one what each of its copies has."""
        if indexes is None and self._has_copies(task_id, where["dag_id"]):
            return True, list(xcom.LazyXComSequence(task_id=task_id, **where))
        wanted = list(indexes) if isinstance(indexes, Iterable) else [indexes]
        requests = [
            messages.GetXCom(task_id=task_id, map_index=index, include_prior_dates=prior, **where) for index in wanted
        ]
        values = [value for found, value in map(xcom.find, requests) if found]
        return bool(values), values

    def _has_copies(self, task_id: str, dag_id: str) -> bool:
        dag = self.task.dag
        if dag is None or dag.dag_id != dag_id or not dag.has_task(task_id):
            return False
        return dag.get_task(task_id).get_needs_expansion()

    def __repr__(self) -> str:
        copy = f" map_index={self.map_index}" if self.map_index >= 0 else ""
        return f"<TaskInstance: {self.dag_id}.{self.task_id} {self.run_id}{copy} [{self.state}]>"


RuntimeTaskInstance = TaskInstance
