"""What is called when a run has missed a deadline, or a task its `sla`."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.authoring.deadline import AsyncCallback, Callback
from updraft_airflow.exceptions import AirflowRuntimeError
from updraft_airflow.helpers import import_string
from updraft_airflow.runtime import messages
from updraft_airflow.runtime.instances import TaskInstance
from updraft_airflow.runtime.supervisor import ask
from updraft_airflow.states import TaskInstanceState

Called = Callable[[Any], Any]


def of_deadline(ti: TaskInstance, order: dict[str, Any]) -> list[tuple[int, Called]]:
    """The callback of the deadline that was missed, with its place among those of the DAG. Airflow 3."""
    place = order["deadline"]["place"]
    told = {"id": order["id"], "deadline_time": _instant(order["deadline"]["due"])}
    context = {"dag_run": _run_as_document(ti.dag_run), "deadline": told}
    callbacks = [deadline.callback for deadline in ti.task.dag.deadlines[place : place + 1]]
    return [(place, lambda _, callback=callback: _call(callback, context)) for callback in callbacks]


def of_sla(ti: TaskInstance, order: dict[str, Any], functions: list[Callable[..., Any]]) -> list[tuple[int, Called]]:
    """The functions that are told of a missed `sla`, with their places. Airflow 2."""
    dag: Any = ti.task.dag
    run: Any = ti.dag_run
    slas = [SlaMiss(order["deadline"]["task_id"], run)]
    blocking = list(_not_successful(dag, run))
    tasks, blockers = (
        "\n".join(f"{one.task_id} on {_text(run.logical_date)}" for one in each) for each in (slas, blocking)
    )

    def told(function: Callable[..., Any]) -> Called:
        return lambda _: function(dag, tasks, blockers, slas, blocking)

    return [(place, told(function)) for place, function in enumerate(functions)]


class SlaMiss:
    """That a task has not succeeded in time."""

    email_sent = notification_sent = False
    description: str | None = None

    def __init__(self, task_id: str, run: Any) -> None:
        self.task_id, self.dag_id = task_id, run.dag_id
        self.execution_date = self.logical_date = run.logical_date
        self.timestamp = timezone.utcnow()

    def __repr__(self) -> str:
        return str((self.dag_id, self.task_id, _text(self.execution_date)))


def _not_successful(dag: Any, run: Any) -> Iterator[TaskInstance]:
    """The tasks of the run that have begun and have not succeeded, as Airflow tells of them."""
    answer = ask(messages.GetTaskStates(dag_id=run.dag_id, run_ids=[str(run.run_id)]))
    if not isinstance(answer, messages.TaskStatesResult):
        raise AirflowRuntimeError(answer)
    for name, state in answer.task_states.get(str(run.run_id), {}).items():
        # A copy of a mapped task is told with its number.
        task_id, _, number = (name, "", "-1") if dag.has_task(name) else name.rpartition("_")
        if state not in (None, str(TaskInstanceState.SUCCESS)) and dag.has_task(task_id):
            found = TaskInstance(dag.get_task(task_id), run, map_index=int(number))
            found.state = TaskInstanceState(state)
            yield found


def _call(callback: Callback, context: dict[str, Any]) -> None:
    function = callback.function or import_string(callback.path)
    kwargs = dict(callback.kwargs)
    if _accepts_context(function):
        kwargs["context"] = context
    made = function(**kwargs)
    if isinstance(callback, AsyncCallback):
        if not inspect.isawaitable(made):
            raise TypeError(
                f"`{callback.path}` cannot be awaited: an AsyncCallback wants an async function or a notifier"
            )
        asyncio.run(_until_done(made))
    elif callable(made):  # A notifier.
        made(context)


async def _until_done(made: Awaitable[Any]) -> None:
    await made


def _accepts_context(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return True
    return "context" in parameters or any(one.kind == one.VAR_KEYWORD for one in parameters.values())


def _run_as_document(run: Any) -> dict[str, Any]:
    """The run as Airflow's API shows it: that is what such callbacks are told."""
    dates = ("logical_date", "data_interval_start", "data_interval_end", "run_after", "start_date", "end_date")
    told: dict[str, Any] = {name: _instant_text(getattr(run, name)) for name in dates}
    return {
        **told,
        "dag_run_id": str(run.run_id),
        "dag_id": run.dag_id,
        "run_type": str(run.run_type),
        "state": str(run.state),
        "conf": run.conf,
    }


def _text(date: dt.datetime | None) -> str:
    return "" if date is None else date.isoformat()


def _instant_text(date: dt.datetime | None) -> str | None:
    return None if date is None else timezone.instant(date)


def _instant(told: Any) -> Any:
    return timezone.parse(told) if isinstance(told, str) else timezone.coerce_datetime(told)
