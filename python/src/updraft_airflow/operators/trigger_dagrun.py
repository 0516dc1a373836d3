"""Having another DAG run."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.authoring.operator import BaseOperator
from updraft_airflow.exceptions import (
    AirflowException,
    AirflowRuntimeError,
    AirflowSkipException,
    DagRunAlreadyExists,
    ErrorType,
)
from updraft_airflow.runtime import messages
from updraft_airflow.runtime.supervisor import ask
from updraft_airflow.states import DagRunState, DagRunType
from updraft_airflow.triggers.external_task import DagStateTrigger
from updraft_airflow.unset import NOTSET

XCOM_RUN_ID = "trigger_run_id"
XCOM_LOGICAL_DATE_ISO = "trigger_logical_date_iso"


class DagIsPaused(AirflowException):
    """The DAG that is to run is paused."""

    def __init__(self, dag_id: str) -> None:
        super().__init__(dag_id)
        self.dag_id = dag_id

    def __str__(self) -> str:
        return f"Dag {self.dag_id} is paused"


class TriggerDagRunOperator(BaseOperator):
    """Makes a run of another DAG, and may wait for its end."""

    template_fields: Sequence[str] = ("trigger_dag_id", "trigger_run_id", "logical_date", "conf", "wait_for_completion",
                                      "skip_when_already_exists")  # fmt: skip
    template_fields_renderers = {"conf": "py"}
    ui_color = "#ffefeb"

    def __init__(
        self,
        *,
        trigger_dag_id: str,
        trigger_run_id: str | None = None,
        conf: Any = None,
        logical_date: Any = NOTSET,
        execution_date: Any = NOTSET,
        run_after: Any = None,
        reset_dag_run: bool = False,
        wait_for_completion: bool = False,
        poke_interval: int = 60,
        allowed_states: Iterable[str] | None = None,
        failed_states: Iterable[str] | None = None,
        skip_when_already_exists: bool = False,
        fail_when_dag_is_paused: bool = False,
        note: str | None = None,
        openlineage_inject_parent_info: bool = True,
        deferrable: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.trigger_dag_id, self.trigger_run_id, self.conf = trigger_dag_id, trigger_run_id, conf
        self.logical_date = execution_date if logical_date is NOTSET else logical_date
        self.run_after = run_after
        self.reset_dag_run, self.wait_for_completion = reset_dag_run, wait_for_completion
        self.poke_interval = poke_interval
        self.allowed_states = [DagRunState(state) for state in allowed_states or [DagRunState.SUCCESS]]
        states = [DagRunState.FAILED] if failed_states is None else failed_states
        self.failed_states = [DagRunState(state) for state in states]
        self.skip_when_already_exists = skip_when_already_exists
        self.fail_when_dag_is_paused = fail_when_dag_is_paused
        self.note, self.deferrable = note, deferrable

    def execute(self, context: Any) -> None:
        date = self._date()
        try:
            json.dumps(self.conf)
        except TypeError:
            raise ValueError("conf parameter should be JSON Serializable") from None
        run_id = self.trigger_run_id or DagRunType.MANUAL.generate_run_id(date or timezone.utcnow())
        if self.fail_when_dag_is_paused and context["ti"].get_dag(self.trigger_dag_id).is_paused:
            raise DagIsPaused(self.trigger_dag_id)
        answer = ask(
            messages.TriggerDagRun(
                dag_id=self.trigger_dag_id,
                run_id=run_id,
                logical_date=date,
                run_after=timezone.coerce_datetime(self.run_after),
                conf=self.conf,
                reset_dag_run=self.reset_dag_run,
                note=self.note,
            )
        )
        if isinstance(answer, messages.ErrorResponse):
            if answer.error != ErrorType.DAGRUN_ALREADY_EXISTS:
                raise AirflowRuntimeError(answer)
            if self.skip_when_already_exists:
                raise AirflowSkipException(
                    "Skipping due to skip_when_already_exists is set to True and DagRunAlreadyExists"
                )
            raise DagRunAlreadyExists(run_id)
        context["ti"].xcom_push(key=XCOM_RUN_ID, value=run_id)
        if self._two() and date is not None:
            context["ti"].xcom_push(key=XCOM_LOGICAL_DATE_ISO, value=date.isoformat())
        if self.wait_for_completion and self.deferrable:
            states = [*self.allowed_states, *self.failed_states]
            trigger = DagStateTrigger(
                dag_id=self.trigger_dag_id, states=states, run_ids=[run_id], poll_interval=self.poke_interval
            )
            self.defer(trigger=trigger, method_name="execute_complete")
        while self.wait_for_completion:
            state = ask(messages.GetDagRunState(dag_id=self.trigger_dag_id, run_id=run_id))
            if not isinstance(state, messages.DagRunStateResult):
                raise AirflowRuntimeError(state)
            if self._is_over(state.state):
                return
            time.sleep(self.poke_interval)

    def execute_complete(self, context: Any, event: tuple[str, dict[str, Any]]) -> None:
        """Goes on when the run is over."""
        said = event[1]
        for run_id in said["run_ids"]:
            if not self._is_over(said.get(run_id)):
                raise AirflowException(
                    f"{self.trigger_dag_id} return {said.get(run_id)} which is not in {self.failed_states} or "
                    f"{self.allowed_states}"
                )

    def _is_over(self, state: str | None) -> bool:
        if state in [str(one) for one in self.failed_states]:
            raise AirflowException(f"{self.trigger_dag_id} failed with failed state {state}")
        return state in [str(one) for one in self.allowed_states]

    def _date(self) -> dt.datetime | None:
        value = self.logical_date
        if value is NOTSET or value is None:
            return timezone.utcnow() if value is NOTSET and self._two() else None
        if isinstance(value, str):
            return timezone.parse(value)
        if isinstance(value, dt.datetime):
            return value
        raise TypeError(
            f"Expected str, datetime.datetime, or None for parameter 'logical_date'. Got {type(value).__name__}"
        )

    def _two(self) -> bool:
        return self.dag is not None and self.dag.compat == 2
