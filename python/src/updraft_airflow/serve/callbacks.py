"""Callbacks that the engine orders after the end of an attempt or run, in the place of the task."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import Any

from updraft_airflow.exceptions import AirflowException, AirflowRuntimeError, AirflowSkipException
from updraft_airflow.runtime import messages
from updraft_airflow.runtime.context import build, set_current_context
from updraft_airflow.runtime.instances import TaskInstance
from updraft_airflow.serve import end
from updraft_airflow.serve.channel import Channel
from updraft_airflow.states import TaskInstanceState

log = logging.getLogger("airflow.task")

_STATES = {
    "on_success_callback": TaskInstanceState.SUCCESS,
    "on_failure_callback": TaskInstanceState.FAILED,
    "on_retry_callback": TaskInstanceState.UP_FOR_RETRY,
    "on_skipped_callback": TaskInstanceState.SKIPPED,
}


def call_ordered(ti: TaskInstance, order: dict[str, Any], channel: Channel, *, again: bool) -> dict[str, Any]:
    """Calls the functions but for those that have returned at an earlier delivery. One that fails does not keep the next from being called."""
    event, of_task = order["event"], order["scope"] == "task"
    if event not in _STATES:
        return end.failed(f"`{event}` of Python DAGs is not called yet", again=False)
    functions = _functions(getattr(ti.task if of_task else ti.task.dag, event, None))
    if not functions:
        whose = f"task `{ti.task_id}`" if of_task else "the DAG"
        return end.failed(f"{whose} has no {event} any more", again=False)
    if of_task:
        ti.state = _STATES[event]
    context = _context(ti, order, of_task=of_task)
    failure: str | None = None
    with set_current_context(context):
        for place, function in enumerate(functions):
            if place in order.get("done", ()):
                continue
            try:
                with contextlib.suppress(AirflowSkipException):
                    function(context)
            except Exception as error:
                log.exception("%s %d failed", event, place + 1)
                failure = failure or f"{type(error).__name__}: {error}"
            else:
                _done(channel, place)
    return end.success() if failure is None else end.failed(failure, again=again)


def _functions(given: Any) -> list[Callable[[Any], Any]]:
    functions = list(given) if isinstance(given, (list, tuple, set)) else [given]
    return [function for function in functions if function is not None]


def _context(ti: TaskInstance, order: dict[str, Any], *, of_task: bool) -> Any:
    context = build(ti)
    reason = order.get("reason", "")
    if not of_task:
        context["reason"] = reason
    elif ti.state in (TaskInstanceState.FAILED, TaskInstanceState.UP_FOR_RETRY):
        # The exception itself has ended with its process.
        context["exception"] = AirflowException(reason)
        context["try_number"] = ti.try_number
    return context


def _done(channel: Channel, place: int) -> None:
    _, error = channel.ask({"type": "UpdraftCallbackDone", "place": place})
    if error is not None:
        raise AirflowRuntimeError(messages.ErrorResponse(error.get("error"), error.get("detail")))
