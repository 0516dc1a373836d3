"""Callbacks that the engine orders after the end of an attempt or run, in the place of the task."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import Any

from updraft_airflow.exceptions import AirflowException, AirflowRuntimeError, AirflowSkipException
from updraft_airflow.plugins.listeners import RUN_HOOKS, get_listener_manager
from updraft_airflow.runtime import messages
from updraft_airflow.runtime.context import build, set_current_context
from updraft_airflow.runtime.instances import TaskInstance
from updraft_airflow.serve import end, missed
from updraft_airflow.serve.channel import Channel
from updraft_airflow.states import DagRunState, TaskInstanceState

log = logging.getLogger("airflow.task")

_STATES = {
    "on_success_callback": TaskInstanceState.SUCCESS,
    "on_failure_callback": TaskInstanceState.FAILED,
    "on_retry_callback": TaskInstanceState.UP_FOR_RETRY,
    "on_skipped_callback": TaskInstanceState.SKIPPED,
}


_STATES_OF_RUNS = {
    "on_dag_run_running": DagRunState.RUNNING,
    "on_dag_run_success": DagRunState.SUCCESS,
    "on_dag_run_failed": DagRunState.FAILED,
}


def call_ordered(ti: TaskInstance, order: dict[str, Any], channel: Channel, *, again: bool) -> dict[str, Any]:
    """Calls the functions but for those that have returned at an earlier delivery. One that fails does not keep the next from being called."""
    event, of_task = order["event"], order["scope"] == "task"
    functions = _ordered(ti, order, of_task=of_task)
    if not functions:
        whose = f"task `{ti.task_id}`" if of_task else "the DAG"
        return end.failed(f"{whose} has no {event} any more", again=False)
    if of_task:
        # In Airflow 2 a task that has passed itself over has succeeded, too.
        has_skipped = event == "on_success_callback" and order["reason"].startswith("skipped")
        ti.state = TaskInstanceState.SKIPPED if has_skipped else _STATES[event]
    context = _context(ti, order, of_task=of_task)
    failure: str | None = None
    with set_current_context(context):
        for place, function in functions:
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


def _ordered(ti: TaskInstance, order: dict[str, Any], *, of_task: bool) -> list[tuple[int, Callable[[Any], Any]]]:
    """The functions for an event, each with its place among all of them."""
    if order["event"] == "deadline":
        return missed.of_deadline(ti, order)
    functions = _functions(getattr(ti.task if of_task else ti.task.dag, order["event"], None))
    if order["event"] == "sla_miss_callback":
        return missed.of_sla(ti, order, functions)
    hook = None if of_task else RUN_HOOKS.get(order["event"])
    if hook is not None and get_listener_manager().listens_to(hook):
        functions.append(lambda _: _tell_listeners(ti.dag_run, hook, order.get("reason", "")))
    return list(enumerate(functions))


def _tell_listeners(run: Any, hook: str, reason: str) -> None:
    run.state = _STATES_OF_RUNS[hook]
    getattr(get_listener_manager().hook, hook)(dag_run=run, msg=reason)


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
