"""Runs one attempt at a task: templates, hooks, callbacks, XComs, and how it ends.

It speaks with its supervisor only through `ask`, so it is the same in `dag.test()` and under the engine.
"""

from __future__ import annotations

import copy
import datetime as dt
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from updraft_airflow import policies, timezone
from updraft_airflow.authoring.assets import AssetUniqueKey
from updraft_airflow.authoring.retry_policy import RetryAction, decide
from updraft_airflow.authoring.xcom_arg import XCOM_RETURN_KEY
from updraft_airflow.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowInactiveAssetInInletOrOutletException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
    DownstreamTasksSkipped,
    TaskDeferred,
    UnmappableXComLengthPushed,
    UnmappableXComTypePushed,
    XComForMappingNotPushed,
)
from updraft_airflow.operators.skip import skip_now
from updraft_airflow.plugins.listeners import get_listener_manager
from updraft_airflow.runtime import messages, xcom
from updraft_airflow.runtime.arguments import copy_arguments
from updraft_airflow.runtime.context import build, context_to_airflow_vars, set_current_context
from updraft_airflow.runtime.instances import TaskInstance
from updraft_airflow.runtime.interrupts import WHOLE
from updraft_airflow.runtime.outlets import known_asset
from updraft_airflow.runtime.supervisor import ask
from updraft_airflow.runtime.template import render_fields, render_text
from updraft_airflow.states import TaskInstanceState

log = logging.getLogger("airflow.task")

BY_TRIGGER = "__end__"
"""The method of a task that its trigger has ended."""


@dataclass(frozen=True)
class Ended:
    """How an attempt ended."""

    state: TaskInstanceState
    error: BaseException | None = None
    reschedule_at: dt.datetime | None = None
    deferred: TaskDeferred | None = None
    retry_delay: dt.timedelta | None = None
    """How long to wait before the next try, if a policy says so."""


def run(ti: TaskInstance, context: Any = None, *, tell: bool = True) -> Ended:
    """Runs an attempt to its end and says how it ended. With `tell` it calls what is to be called then; the engine orders that."""
    ti.start_date = ti.start_date or timezone.coerce_datetime(timezone.utcnow())
    context = build(ti) if context is None else context
    with set_current_context(context):
        try:
            ended = _attempt(ti, context)
        except BaseException as error:
            ended = _how(ti, error, context)
            if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
                raise
        ti.state = ended.state
        if ended.state not in (TaskInstanceState.DEFERRED, TaskInstanceState.UP_FOR_RESCHEDULE):
            ti.end_date = timezone.coerce_datetime(timezone.utcnow())
            ti.duration = (ti.end_date - ti.start_date).total_seconds()
        if tell:
            _tell(ti, context, ended)
        if not ti.test_mode:
            _notify(ti, ended)
    return ended


def _notify(ti: TaskInstance, ended: Ended) -> None:
    """Tells listeners how it ended; in Airflow a try that is repeated has failed for them."""
    told: dict[str, Any] = {"previous_state": TaskInstanceState.RUNNING, "task_instance": ti, "session": None}
    if ended.state == TaskInstanceState.SUCCESS:
        get_listener_manager().hook.on_task_instance_success(**told)
        _tell_of_assets(ti)
    elif ended.state == TaskInstanceState.SKIPPED:
        get_listener_manager().hook.on_task_instance_skipped(**told)
    elif ended.state in (TaskInstanceState.FAILED, TaskInstanceState.UP_FOR_RETRY):
        get_listener_manager().hook.on_task_instance_failed(error=ended.error, **told)


def _tell_of_assets(ti: TaskInstance) -> None:
    """Tells listeners of the assets that the task has updated, by the names of both generations."""
    hook = get_listener_manager().hook
    if not (hook.listens_to("on_dataset_changed") or hook.listens_to("on_asset_changed")):
        return
    for asset in map(known_asset, ti.task.outlets):
        if asset is not None:
            hook.on_dataset_changed(dataset=asset)
            hook.on_asset_changed(asset=asset)


def _attempt(ti: TaskInstance, context: Any) -> Ended:
    policies.task_instance_mutation_hook(ti)
    task = ti.task = copies_task(ti, context)
    context["task"] = task
    if ti.next_method == BY_TRIGGER:
        _leave(ti, _end(ti))
        return Ended(TaskInstanceState.SUCCESS)
    resumes = ti.next_method is not None
    if not resumes:
        _render(ti, context)
        _check_assets(task, ti)
        call(task.on_execute_callback, context)
    os.environ.update(context_to_airflow_vars(context, in_env_var_format=True))
    if not ti.test_mode:
        ti.state = TaskInstanceState.RUNNING
        get_listener_manager().hook.on_task_instance_running(
            previous_state=TaskInstanceState.QUEUED, task_instance=ti, session=None
        )
    if task._pre_execute_hook is not None:
        task._pre_execute_hook(context)
    task.pre_execute(context)
    with _limit(task.execution_timeout):
        result = _execute(ti, context)
    _leave(ti, result)
    if task._post_execute_hook is not None:
        task._post_execute_hook(context, result)
    task.post_execute(context, result)
    _name_copy(ti, context)
    return Ended(TaskInstanceState.SUCCESS)


def _check_assets(task: Any, ti: TaskInstance) -> None:
    """In Airflow 3 a task does not run if no DAG names one of its assets any more."""
    if task.dag is None or task.dag.compat == 2 or not (task.inlets or task.outlets):
        return
    answer = ask(messages.ValidateInletsAndOutlets(str(ti.id)))
    if isinstance(answer, messages.InactiveAssetsResult) and answer.inactive_assets:
        raise AirflowInactiveAssetInInletOrOutletException(
            [AssetUniqueKey(one["name"], one["uri"]) for one in answer.inactive_assets]
        )


def copies_task(ti: TaskInstance, context: Any) -> Any:
    """The operator of this attempt: a copy that may be changed, with the arguments of its copy if it is mapped."""
    if ti.task.is_mapped:
        return ti.task.unmap(copy_arguments(ti.task.expand_input, context))
    task = copy.copy(ti.task)
    task._constructed = False  # Its arguments make no edges any more.
    return task


def _render(ti: TaskInstance, context: Any) -> None:
    task = ti.task
    render_fields(task, context, _Env(task))
    context["templates_dict"] = getattr(task, "templates_dict", None)
    fields = {field: getattr(task, field, None) for field in task.template_fields}
    ask(messages.SetRenderedFields(rendered_fields=fields))


class _Env:
    """The Jinja environment, made when a template wants it: most texts are none."""

    def __init__(self, task: Any) -> None:
        self._task = task
        self._made: Any = None

    def get_template(self, name: str) -> Any:
        return self._env.get_template(name)

    def from_string(self, text: str) -> Any:
        return self._env.from_string(text)

    @property
    def _env(self) -> Any:
        if self._made is None:
            self._made = self._task.get_template_env()
        return self._made


def _execute(ti: TaskInstance, context: Any) -> Any:
    task = ti.task
    if ti.next_method is not None:
        return task.resume_execution(ti.next_method, ti.next_kwargs, context)
    if task.start_from_trigger and task.start_trigger_args is not None:
        _start_waiting(task, context)
    return task.execute(context)


def _end(ti: TaskInstance) -> Any:
    """Ends as the trigger wants it, with the XComs that it leaves; the one that tasks return is left as if this one had returned it."""
    told = ti.next_kwargs or {}
    for key, value in told.get("xcoms", {}).items():
        if key != XCOM_RETURN_KEY:
            ti.xcom_push(key, value)
    if told["state"] == TaskInstanceState.SKIPPED:
        raise AirflowSkipException("the trigger has skipped the task")
    if told["state"] != TaskInstanceState.SUCCESS:
        raise AirflowFailException("the trigger has failed the task")
    return told.get("xcoms", {}).get(XCOM_RETURN_KEY)


def _start_waiting(task: Any, context: Any) -> None:
    from updraft_airflow.helpers import import_string

    how = task.start_trigger_args
    if task.expand_start_from_trigger(context=context):
        trigger = import_string(how.trigger_cls)(**(how.trigger_kwargs or {}))
        raise TaskDeferred(trigger=trigger, method_name=how.next_method, kwargs=how.next_kwargs, timeout=how.timeout)


def _leave(ti: TaskInstance, result: Any) -> None:
    """Leaves what the task returned, if it is to be left; and what others are mapped over must have items."""
    task = ti.task
    mapped_over = ti.map_index < 0 and any(True for _ in _dependants(ti))
    if result is None or not task.do_xcom_push:
        if mapped_over:
            raise XComForMappingNotPushed
        return
    if task.multiple_outputs:
        if not isinstance(result, Mapping):
            raise AirflowException(f"Returned output was type {type(result)} expected dictionary for multiple_outputs")
        wrong = next((key for key in result if not isinstance(key, str)), None)
        if wrong is not None:
            raise AirflowException(
                f"Returned dictionary keys must be strings when using multiple_outputs, found {wrong} ({type(wrong)}) instead"
            )
        for key, value in result.items():
            ti.xcom_push(key, value)
    if mapped_over:
        _check_items(result)
    ti.leave(XCOM_RETURN_KEY, result, mapped_length=len(result) if mapped_over else None)


def _dependants(ti: TaskInstance) -> Iterator[Any]:
    yield from ti.task.dag.get_task(ti.task_id).iter_mapped_dependants() if ti.task.dag is not None else ()


def _check_items(result: Any) -> None:
    from updraft_airflow.configuration import conf

    has_items = isinstance(result, (Sequence, Mapping, set, xcom.LazyXComSequence)) and not isinstance(
        result, (str, bytes)
    )
    if not has_items:
        raise UnmappableXComTypePushed(result)
    longest = conf.getint("core", "max_map_length")
    if len(result) > longest:
        raise UnmappableXComLengthPushed(result, longest)


def _name_copy(ti: TaskInstance, context: Any) -> None:
    template = ti.task.map_index_template
    if template is None:
        return
    ti.rendered_map_index = str(render_text(ti.task.get_template_env().from_string(template), context))
    ask(messages.SetRenderedMapIndex(rendered_map_index=ti.rendered_map_index))


def _how(ti: TaskInstance, error: BaseException, context: Any) -> Ended:
    """What an exception makes of an attempt."""
    if isinstance(error, AirflowSkipException):
        log.info("%s", error) if str(error) else None
        return Ended(TaskInstanceState.SKIPPED, error)
    if isinstance(error, DownstreamTasksSkipped):
        skip_now(ti, error.tasks)
        return Ended(TaskInstanceState.SUCCESS)
    if isinstance(error, AirflowRescheduleException):
        return Ended(TaskInstanceState.UP_FOR_RESCHEDULE, error, reschedule_at=error.reschedule_date)
    if isinstance(error, TaskDeferred):
        return Ended(TaskInstanceState.DEFERRED, deferred=error)
    if isinstance(error, SystemExit) and not error.code:
        return Ended(TaskInstanceState.SUCCESS)
    log.error("Task failed with exception", exc_info=error)
    if isinstance(error, (AirflowFailException, AirflowSensorTimeout)):
        return Ended(TaskInstanceState.FAILED, error)
    decision = decide(ti, error, context)
    if decision.action == RetryAction.FAIL or ti.try_number > ti.max_tries:
        return Ended(TaskInstanceState.FAILED, error)
    delay = decision.retry_delay if decision.action == RetryAction.RETRY else None
    return Ended(TaskInstanceState.UP_FOR_RETRY, error, retry_delay=delay)


_CALLBACK_OF = {
    TaskInstanceState.SUCCESS: "on_success_callback",
    TaskInstanceState.FAILED: "on_failure_callback",
    TaskInstanceState.UP_FOR_RETRY: "on_retry_callback",
    TaskInstanceState.SKIPPED: "on_skipped_callback",
}


def _tell(ti: TaskInstance, context: Any, ended: Ended) -> None:
    """Calls the callbacks of how it ended."""
    name = _CALLBACK_OF.get(ended.state)
    if name is None:
        return
    if ended.error is not None and ended.state in (TaskInstanceState.FAILED, TaskInstanceState.UP_FOR_RETRY):
        context["exception"] = ended.error
        context["try_number"] = ti.try_number
    call(getattr(ti.task, name), context)
    if ended.state == TaskInstanceState.SKIPPED and ti.task.dag is not None and ti.task.dag.compat == 2:
        # In Airflow 2.11 a task that skips itself counts as well done, too.
        call(ti.task.on_success_callback, context)


def call(callbacks: Any, context: Any) -> None:
    """Calls one function or several; one that raises is logged, and the next one is called."""
    functions: list[Callable[..., Any]] = list(callbacks) if isinstance(callbacks, (list, tuple, set)) else [callbacks]
    for function in functions:
        if function is None:
            continue
        try:
            function(context)
        except Exception:
            log.exception("Error when executing callback %s", getattr(function, "__name__", function))


@contextmanager
def _limit(timeout: dt.timedelta | None, words: str | None = None) -> Iterator[None]:
    """Ends what takes too long; possible in the main thread alone."""
    if timeout is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    seconds = timeout.total_seconds()
    if seconds <= 0:
        raise AirflowTaskTimeout

    def end() -> None:
        raise AirflowTaskTimeout(words or f"the task took longer than its execution_timeout of {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, lambda *_: WHOLE.interrupt(end))
    begun, (left, _) = time.monotonic(), signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        # A limit around this one still counts; one that has passed meanwhile comes at once.
        rest = max(left - (time.monotonic() - begun), 0.001) if left else 0.0
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, rest)


class timeout:
    """`with timeout(seconds=5):` raises AirflowTaskTimeout if the block takes longer."""

    def __init__(self, seconds: float = 1, error_message: str = "Timeout") -> None:
        self._limit = _limit(dt.timedelta(seconds=seconds), error_message)

    def __enter__(self) -> None:
        self._limit.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._limit.__exit__(*error)
