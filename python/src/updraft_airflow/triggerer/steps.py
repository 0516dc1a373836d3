"""Which trigger's code runs at this moment: asked by the watchdog, by the log, and by the engine when this process says nothing any more."""

from __future__ import annotations

import asyncio
import mmap
import os
import struct
import time
from collections.abc import Callable
from contextvars import Context, ContextVar
from typing import Any, NamedTuple

NOBODY = 0
"""The number of no trigger."""

current: ContextVar[int] = ContextVar("trigger", default=NOBODY)
"""The trigger that the code belongs to, also in what it has started and in threads that were given its context."""

_NUMBER = struct.Struct("<Q")


class Step(NamedTuple):
    """One uninterrupted piece of work in the loop."""

    number: int
    serial: int
    since: float


class Mark:
    """The number of the trigger at work, in memory that the engine can read even while this process hangs or after it has died."""

    def __init__(self) -> None:
        self.file = os.memfd_create("updraft-trigger")
        os.ftruncate(self.file, _NUMBER.size)
        self._page = mmap.mmap(self.file, _NUMBER.size)

    def set(self, number: int) -> None:
        """This one is at work now."""
        _NUMBER.pack_into(self._page, 0, number)


class TriggerLoop(asyncio.SelectorEventLoop):
    """A loop that notes whose code it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = Mark()
        self.step: Step | None = None
        self._serial = 0

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> asyncio.Handle:
        number = current.get() if context is None else context.get(current, NOBODY)
        if number == NOBODY:
            return super().call_soon(callback, *args, context=context)
        return super().call_soon(self._noted, number, callback, *args, context=context)

    def _noted(self, number: int, callback: Callable[..., Any], *args: Any) -> None:
        self._serial += 1
        self.step = Step(number, self._serial, time.monotonic())
        self.mark.set(number)
        try:
            callback(*args)
        finally:
            self.mark.set(NOBODY)
            self.step = None
