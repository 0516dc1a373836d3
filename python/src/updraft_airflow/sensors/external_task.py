"""Waiting for tasks of other DAGs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from updraft_airflow.exceptions import (
    AirflowRuntimeError,
    AirflowSkipException,
    DuplicateStateError,
    ExternalDagFailedError,
    ExternalTaskFailedError,
    ExternalTaskGroupFailedError,
)
from updraft_airflow.helpers import determine_kwargs
from updraft_airflow.operators.empty import EmptyOperator
from updraft_airflow.runtime import messages
from updraft_airflow.runtime.supervisor import ask
from updraft_airflow.sensors.base import BaseSensorOperator
from updraft_airflow.states import State, TaskInstanceState


class ExternalTaskSensor(BaseSensorOperator):
    """Waits for tasks, groups or the whole run of another DAG with the same logical date, or one that is worked out."""

    template_fields: Sequence[str] = (
        "external_dag_id",
        "external_task_id",
        "external_task_ids",
        "external_task_group_id",
    )
    ui_color = "#4db7db"

    def __init__(
        self,
        *,
        external_dag_id: str,
        external_task_id: str | None = None,
        external_task_ids: Collection[str] | None = None,
        external_task_group_id: str | None = None,
        allowed_states: Iterable[str] | None = None,
        skipped_states: Iterable[str] | None = None,
        failed_states: Iterable[str] | None = None,
        execution_delta: dt.timedelta | None = None,
        execution_date_fn: Callable[..., Any] | None = None,
        check_existence: bool = False,
        poll_interval: float = 2.0,
        deferrable: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.allowed_states = list(allowed_states) if allowed_states else [str(TaskInstanceState.SUCCESS)]
        self.skipped_states, self.failed_states = list(skipped_states or []), list(failed_states or [])
        self._check_states()
        if external_task_id is not None and external_task_ids is not None:
            raise ValueError(
                "Only one of `external_task_id` or `external_task_ids` may be provided; use external_task_id or external_task_ids or external_task_group_id."
            )
        ids = [external_task_id] if external_task_id is not None else external_task_ids
        if ids is not None and external_task_group_id is not None:
            raise ValueError("Only one of `external_task_group_id` or `external_task_ids` may be provided.")
        if isinstance(ids, (list, tuple)) and len(ids) != len(set(ids)):
            raise ValueError("Duplicate task_ids passed in external_task_ids parameter")
        if execution_delta is not None and execution_date_fn is not None:
            raise ValueError(
                "Only one of `execution_delta` or `execution_date_fn` may be provided to ExternalTaskSensor; not both."
            )
        self.external_dag_id, self.external_task_id, self.external_task_ids = external_dag_id, external_task_id, ids
        self.external_task_group_id = external_task_group_id
        self.execution_delta, self.execution_date_fn = execution_delta, execution_date_fn
        self.check_existence, self.poll_interval, self.deferrable = check_existence, poll_interval, deferrable

    def _check_states(self) -> None:
        wanted = [str(state) for state in (*self.allowed_states, *self.skipped_states, *self.failed_states)]
        if len(wanted) != len(set(wanted)):
            raise DuplicateStateError(
                "Duplicate values provided across allowed_states, skipped_states and failed_states."
            )
        known = {str(state) for state in State.task_states if state is not None}
        wrong = sorted(set(wanted) - known)
        if wrong:
            raise ValueError(f"Valid values for states are {sorted(known)}; received {wrong}")

    def _dates(self, context: Any) -> list[dt.datetime]:
        date = context["logical_date"]
        if self.execution_delta is not None:
            return [date - self.execution_delta]
        if self.execution_date_fn is not None:
            kwargs = determine_kwargs(self.execution_date_fn, [date], context)
            found = self.execution_date_fn(date, **kwargs)
            return list(found) if isinstance(found, (list, tuple)) else [found]
        return [date]

    def poke(self, context: Any) -> bool:
        dates = self._dates(context)
        if self.failed_states and self._count(dates, self.failed_states):
            self._fail()
        if self.skipped_states and self._count(dates, self.skipped_states):
            raise AirflowSkipException(f"what `{self.task_id}` waits for in `{self.external_dag_id}` was skipped")
        return self._count(dates, self.allowed_states) >= len(dates)

    def _count(self, dates: list[dt.datetime], states: Iterable[str]) -> float:
        """How many of the dates have all that is waited for in one of the states."""
        names = [str(state) for state in states]
        if self.external_task_ids:
            request: Any = messages.GetTICount(
                dag_id=self.external_dag_id, task_ids=list(self.external_task_ids), logical_dates=dates, states=names
            )
            return self._number(request) / len(self.external_task_ids)
        if self.external_task_group_id:
            return self._group(dates, names)
        return self._number(messages.GetDRCount(dag_id=self.external_dag_id, logical_dates=dates, states=names))

    def _number(self, request: messages.Request) -> int:
        answer = ask(request)
        if isinstance(answer, messages.CountResult):
            return answer.count
        raise AirflowRuntimeError(answer)

    def _group(self, dates: list[dt.datetime], states: list[str]) -> float:
        answer = ask(
            messages.GetTaskStates(
                dag_id=self.external_dag_id, task_group_id=self.external_task_group_id, logical_dates=dates
            )
        )
        if not isinstance(answer, messages.TaskStatesResult):
            raise AirflowRuntimeError(answer)
        any_is_enough = states == [str(state) for state in self.failed_states]
        check = any if any_is_enough else all
        return sum(
            bool(run) and check(state in states for state in run.values()) for run in answer.task_states.values()
        )

    def _fail(self) -> None:
        what = f"in DAG {self.external_dag_id} failed."
        if self.soft_fail:
            raise AirflowSkipException(f"what `{self.task_id}` waits for {what}")
        if self.external_task_ids:
            raise ExternalTaskFailedError(f"Some of the external tasks {self.external_task_ids} {what}")
        if self.external_task_group_id:
            raise ExternalTaskGroupFailedError(f"The external task_group '{self.external_task_group_id}' {what}")
        raise ExternalDagFailedError(f"The external DAG {self.external_dag_id} failed.")


class ExternalTaskMarker(EmptyOperator):
    """Says which task of another DAG depends on this one, so that clearing it can go on there."""

    template_fields: Sequence[str] = ("external_dag_id", "external_task_id", "logical_date")
    ui_color = "#4db7db"

    def __init__(
        self,
        *,
        external_dag_id: str,
        external_task_id: str,
        logical_date: str | dt.datetime | None = "{{ logical_date.isoformat() }}",
        execution_date: str | dt.datetime | None = None,
        recursion_depth: int = 10,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        date = execution_date or logical_date
        if not isinstance(date, (str, dt.datetime)):
            raise TypeError(f"Expected str or datetime.datetime type for logical_date. Got {type(date)}")
        self.external_dag_id, self.external_task_id = external_dag_id, external_task_id
        self.logical_date = date if isinstance(date, str) else date.isoformat()
        if recursion_depth <= 0:
            raise ValueError("recursion_depth should be a positive integer")
        self.recursion_depth = recursion_depth
