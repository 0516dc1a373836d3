"""`@task.skip_if` and `@task.run_if`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from updraft_airflow.authoring.decorator import TaskDecorator
from updraft_airflow.exceptions import AirflowSkipException


def skip_if(
    condition: Callable[[Any], Any], skip_message: str | None = None
) -> Callable[[TaskDecorator], TaskDecorator]:
    """Skips the task if the function says so of its context."""
    return _conditional(condition, skip_message, skips_on=True)


def run_if(
    condition: Callable[[Any], Any], skip_message: str | None = None
) -> Callable[[TaskDecorator], TaskDecorator]:
    """Skips the task unless the function says so of its context."""
    return _conditional(condition, skip_message, skips_on=False)


def _conditional(condition: Callable[[Any], Any], message: str | None, *, skips_on: bool) -> Any:
    def decorate(task: TaskDecorator) -> TaskDecorator:
        if not isinstance(task, TaskDecorator):
            raise TypeError(f"{'skip_if' if skips_on else 'run_if'} can only be used with task")
        before = task.kwargs.get("pre_execute")

        def pre_execute(context: Any) -> None:
            answer = condition(context)
            result, said = answer if isinstance(answer, tuple) else (answer, None)
            if bool(result) == skips_on:
                raise AirflowSkipException(
                    said or message or f"Task {context['task'].task_id!r} was skipped by its condition"
                )
            if before is not None:
                before(context)

        task.kwargs["pre_execute"] = pre_execute
        return task

    return decorate
