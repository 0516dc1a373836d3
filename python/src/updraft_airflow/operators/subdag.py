"""`SubDagOperator` of Airflow 2: a DAG as a task of another one. `TaskGroup` has taken its place."""

from __future__ import annotations

from enum import Enum
from typing import Any

from updraft_airflow.exceptions import AirflowException, AirflowRuntimeError, ErrorType
from updraft_airflow.operators.skip import SkipMixin
from updraft_airflow.runtime import messages
from updraft_airflow.runtime.supervisor import ask
from updraft_airflow.sensors.base import BaseSensorOperator
from updraft_airflow.states import DagRunState, TaskInstanceState
from updraft_airflow.triggers.external_task import DagStateTrigger

_OVER = (str(DagRunState.SUCCESS), str(DagRunState.FAILED))


class SkippedStatePropagationOptions(Enum):
    """Which of the last tasks of the other DAG must be skipped so that what follows this task is skipped, too."""

    ALL_LEAVES = "all_leaves"
    ANY_LEAF = "any_leaf"


class SubDagOperator(BaseSensorOperator, SkipMixin):
    """Has a DAG run with the date and id of this task's run, and ends as that run ends.

    The other DAG is a DAG like all others, called `PARENT.TASK`, which runs for this task alone. While it runs this task needs no slot.
    """

    ui_color = "#555"
    ui_fgcolor = "#fff"

    def __init__(
        self,
        *,
        subdag: Any,
        conf: dict[str, Any] | None = None,
        propagate_skipped_state: SkippedStatePropagationOptions | None = None,
        session: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.subdag, self.conf, self.propagate_skipped_state = subdag, conf, propagate_skipped_state
        parent = self.dag
        if parent is None:
            raise AirflowException("Please pass in the `dag` param or call within a DAG context manager")
        wanted = f"{parent.dag_id}.{kwargs['task_id']}"
        if subdag.dag_id != wanted:
            raise AirflowException(
                "The subdag's dag_id should have the form '{parent_dag_id}.{this_task_id}'. "
                f"Expected '{wanted}'; received '{subdag.dag_id}'."
            )
        subdag.parent_dag, subdag.fileloc = parent, parent.fileloc

    def execute(self, context: Any) -> None:
        ti, run = context["ti"], context["dag_run"]
        wanted = messages.TriggerDagRun(
            dag_id=self.subdag.dag_id,
            run_id=run.run_id,
            logical_date=run.logical_date,
            run_after=run.run_after,
            conf=self.conf,
        )
        answer = ask(wanted)
        if isinstance(answer, messages.ErrorResponse) and answer.error == ErrorType.DAGRUN_ALREADY_EXISTS:
            state = self._state(run.run_id)
            # One that succeeded may be that of this try, if the process of an earlier attempt was lost.
            if state == DagRunState.FAILED or (state == DagRunState.SUCCESS and ti.try_number > 1):
                answer = ask(wanted._replace(reset_dag_run=True))
            else:
                answer = messages.OKResponse()
        if isinstance(answer, messages.ErrorResponse):
            raise AirflowRuntimeError(answer)
        trigger = DagStateTrigger(
            dag_id=self.subdag.dag_id, states=list(_OVER), run_ids=[run.run_id], poll_interval=self.poke_interval
        )
        self.defer(trigger=trigger, method_name="execute_complete", timeout=self.timeout)

    def execute_complete(self, context: Any, event: Any = None) -> None:
        """Goes on when the run is over."""
        run_id = context["dag_run"].run_id
        state = self._state(run_id)
        if state != DagRunState.SUCCESS:
            raise AirflowException(f"Expected state: SUCCESS. Actual state: {state}")
        if self.propagate_skipped_state is not None and self._is_skipped(run_id):
            self.skip(tasks=context["task"].downstream_list, ti=context["ti"])

    def _state(self, run_id: str) -> str | None:
        answer = ask(messages.GetDagRunState(dag_id=self.subdag.dag_id, run_id=run_id))
        return answer.state if isinstance(answer, messages.DagRunStateResult) else None

    def _is_skipped(self, run_id: str) -> bool:
        leaves = [task.task_id for task in self.subdag.leaves]
        answer = ask(messages.GetTaskStates(dag_id=self.subdag.dag_id, task_ids=leaves, run_ids=[run_id]))
        states = answer.task_states[run_id].values() if isinstance(answer, messages.TaskStatesResult) else ()
        skipped = [state == TaskInstanceState.SKIPPED for state in states]
        chosen = any if self.propagate_skipped_state == SkippedStatePropagationOptions.ANY_LEAF else all
        return bool(skipped) and chosen(skipped)
