"""Exceptions that signals raise in the main thread, held back while something must not be torn in two."""

from __future__ import annotations

import threading
from collections.abc import Callable


class _Whole:
    """`with WHOLE:` runs a block to its end: what a signal wants waits until then. Other threads get no signals anyway."""

    def __init__(self) -> None:
        self._depth = 0
        self._held: list[Callable[[], None]] = []

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._depth += 1

    def __exit__(self, *_: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._depth -= 1
        while self._depth == 0 and self._held:
            self._held.pop(0)()

    def interrupt(self, action: Callable[[], None]) -> None:
        """Called by handlers of signals: does this now, or at the end of the block."""
        if self._depth:
            self._held.append(action)
        else:
            action()


WHOLE = _Whole()
