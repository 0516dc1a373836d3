"""The triggers that run: each is a task of the loop, from its order to its first event."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import traceback
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from updraft_airflow.helpers import import_string
from updraft_airflow.log import redact
from updraft_airflow.runtime import serde
from updraft_airflow.serve.frames import TooLargeError
from updraft_airflow.triggerer.steps import current
from updraft_airflow.triggerer.wire import Wire
from updraft_airflow.triggers.base import BaseTaskEndEvent, TriggerEvent

log = logging.getLogger("airflow.triggers")

_IMPORTS_MAX = 4
"""So many modules are imported at a time, each in a thread, so that the loop goes on."""


class Waiter(NamedTuple):
    """The task that waits, as triggers see it in `task_instance`."""

    dag_id: str
    task_id: str
    run_id: str
    map_index: int
    try_number: int


class TriggerError(Exception):
    """A trigger cannot be waited for, in words that need no traceback."""


class Triggers:
    """Begins triggers and cancels them, and tells how each one ended."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wire: Wire) -> None:
        self._loop, self._wire = loop, wire
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._importers = ThreadPoolExecutor(_IMPORTS_MAX, "import")

    def __len__(self) -> int:
        return len(self._tasks)

    def take(self, order: dict[str, Any]) -> None:
        """Does what the engine orders."""
        kind, number = order["type"], order["trigger"]
        if kind == "UpdraftRunTrigger":
            context = contextvars.copy_context()
            context.run(current.set, number)
            # The task has a copy of the context in which it is made.
            self._tasks[number] = context.run(self._loop.create_task, self._run(order))
            self._tasks[number].add_done_callback(lambda _: self._over(number))
        elif kind == "UpdraftCancelTrigger":
            if number in self._tasks:
                self._tasks[number].cancel()
        else:
            raise ValueError(f"the engine orders `{kind}`, which is unknown")

    def _over(self, number: int) -> None:
        del self._tasks[number]
        self._wire.news("over", trigger=number)

    async def _run(self, order: dict[str, Any]) -> None:
        number = order["trigger"]
        try:
            trigger = await self._make(order)
        except asyncio.CancelledError:
            return
        except BaseException as error:
            self._fail(number, f"trigger `{order['classpath']}` cannot be made", error)
            return
        try:
            log.info("trigger %s starting", order["classpath"])
            await self._first(number, trigger)
        except asyncio.CancelledError:
            log.info("trigger %s was cancelled", order["classpath"])
            # If the engine has not asked for it, it has to hear of it; else this interests nobody.
            self._wire.news("failed", trigger=number, error=f"trigger `{order['classpath']}` was cancelled from within")
        except BaseException as error:
            self._fail(number, f"trigger `{order['classpath']}` failed", error)
        finally:
            await _clean_up(trigger)

    async def _make(self, order: dict[str, Any]) -> Any:
        """Importing may take long, so it is done beside the loop; the object is made in it, as it may want the loop."""
        context = contextvars.copy_context()
        cls, kwargs = await self._loop.run_in_executor(self._importers, lambda: context.run(_prepare, order))
        trigger = cls(**kwargs)
        trigger.trigger_id = order["trigger"]
        trigger.task_instance = Waiter(**{name: order[name] for name in Waiter._fields})
        return trigger

    async def _first(self, number: int, trigger: Any) -> None:
        """Waits for the first event and tells it."""
        events = trigger.run()
        if not isinstance(events, AsyncIterator):
            if asyncio.iscoroutine(events):
                events.close()
            raise TriggerError("its `run` is no async generator: it must `yield` a TriggerEvent")
        try:
            event = await anext(events)
        except StopAsyncIteration:
            raise TriggerError("it ended without an event: its `run` must `yield` one") from None
        if not isinstance(event, TriggerEvent):
            raise TriggerError(f"it has yielded {event!r}, which is no TriggerEvent")
        log.info("trigger fired: %s", event)
        self._tell(number, event)
        if hasattr(events, "aclose"):
            with contextlib.suppress(Exception):
                await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]

    def _tell(self, number: int, event: TriggerEvent) -> None:
        try:
            if isinstance(event, BaseTaskEndEvent):
                xcoms = {key: serde.serialize(value) for key, value in (event.xcoms or {}).items()}
                end = {"state": str(event.task_instance_state), "xcoms": xcoms}
                self._wire.news("task_end", trigger=number, end=end)
            else:
                self._wire.news("event", trigger=number, payload=serde.serialize(event.payload))
        except TooLargeError as error:
            raise TriggerError(f"its event cannot be sent: {error}") from None
        except (TypeError, AttributeError, ValueError, OverflowError) as error:
            raise TriggerError(f"its event is no JSON: {error}") from None

    def _fail(self, number: int, what: str, error: BaseException) -> None:
        if isinstance(error, TriggerError):
            text = f"{what}: {error}"
        else:
            told = "".join(traceback.format_exception(error)).rstrip("\n")
            text = f"{what}: {type(error).__name__}: {error}\n{told}"
        text = redact(text)
        log.error("%s", text)
        self._wire.news("failed", trigger=number, error=text)


def _prepare(order: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    cls = import_string(order["classpath"])
    if not isinstance(cls, type) or not callable(getattr(cls, "run", None)):
        raise TriggerError(f"`{order['classpath']}` is no class of a trigger")
    return cls, {name: serde.deserialize(value) for name, value in order["kwargs"].items()}


async def _clean_up(trigger: Any) -> None:
    """Airflow passes over what goes wrong here; it stands in the log."""
    try:
        await trigger.cleanup()
    except Exception:
        log.warning("the cleanup of the trigger failed", exc_info=True)
