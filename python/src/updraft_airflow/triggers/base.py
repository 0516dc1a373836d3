"""Triggers: what deferred tasks wait for, as coroutines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple

from updraft_airflow.log import LoggingMixin
from updraft_airflow.states import TaskInstanceState


class StartTriggerArgs(NamedTuple):
    """How a task begins by waiting, without a process."""

    trigger_cls: str
    next_method: str
    trigger_kwargs: dict[str, Any] | None = None
    next_kwargs: dict[str, Any] | None = None
    timeout: timedelta | None = None


class BaseTrigger(LoggingMixin):
    """A trigger of one's own is a class of this with `serialize` and `run`."""

    task_instance: Any = None
    trigger_id: Any = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__()

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class path, and the arguments that make it again."""
        raise NotImplementedError("Triggers must implement serialize()")

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Waits, and yields what has happened."""
        raise NotImplementedError("Triggers must implement run()")
        yield TriggerEvent(None)

    async def cleanup(self) -> None:
        """Called when it is over."""

    def __repr__(self) -> str:
        path, kwargs = self.serialize()
        return f"<{path} {', '.join(f'{name}={value}' for name, value in kwargs.items())}>"


class BaseEventTrigger(BaseTrigger):
    """A trigger whose events may be events of assets."""

    @staticmethod
    def hash(classpath: str, kwargs: dict[str, Any]) -> int:
        """A number for the class path and the arguments."""
        import json

        return hash((classpath, json.dumps(kwargs, default=str, sort_keys=True)))


class TriggerEvent:
    """Something that has happened, which a task waits for."""

    def __init__(self, payload: Any, **_: Any) -> None:
        self.payload = payload

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TriggerEvent) and other.payload == self.payload

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"TriggerEvent<{self.payload!r}>"


class BaseTaskEndEvent(TriggerEvent):
    """Ends the task that waits, without a process."""

    task_instance_state: TaskInstanceState

    def __init__(self, *, xcoms: dict[str, Any] | None = None, **kwargs: Any) -> None:
        kwargs.pop("payload", None)
        super().__init__(payload=str(self.task_instance_state))
        self.xcoms = xcoms


class TaskSuccessEvent(BaseTaskEndEvent):
    """The task has succeeded."""

    task_instance_state = TaskInstanceState.SUCCESS


class TaskFailedEvent(BaseTaskEndEvent):
    """The task has failed."""

    task_instance_state = TaskInstanceState.FAILED


class TaskSkippedEvent(BaseTaskEndEvent):
    """The task was skipped."""

    task_instance_state = TaskInstanceState.SKIPPED
