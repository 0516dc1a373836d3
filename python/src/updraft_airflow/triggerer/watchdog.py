"""Names triggers that keep the loop, and with it all others, waiting."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from types import FrameType

from updraft_airflow.triggerer.steps import Step, TriggerLoop
from updraft_airflow.triggerer.wire import Wire

BLOCKS_AFTER = 0.2
"""A step that takes longer is told of, in seconds; as Airflow does."""

_AGAIN = 5
"""It is told of again when it has taken so many times as long."""

_PAUSE = 0.05


class Watchdog:
    """A thread that looks at the loop. It is told where the loop stands, so it must not be the loop's own thread."""

    def __init__(self, loop: TriggerLoop, wire: Wire) -> None:
        self._loop, self._wire = loop, wire
        self._watched = threading.get_ident()
        self._told: tuple[int, float] = (0, BLOCKS_AFTER)

    def start(self) -> None:
        """Watches the thread that calls this, until the process ends."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(_PAUSE)
            step = self._loop.step
            if step is not None:
                self._look(step)

    def _look(self, step: Step) -> None:
        serial, limit = self._told
        if serial != step.serial:
            limit = BLOCKS_AFTER
        took = time.monotonic() - step.since
        if took <= limit:
            return
        where = _where(sys._current_frames().get(self._watched))
        # It may have gone on meanwhile: then this is another trigger's place.
        if self._loop.step == step:
            self._told = (step.serial, took * _AGAIN)
            self._wire.news("blocks", trigger=step.number, seconds=round(took, 3), stack=where)


def _where(frame: FrameType | None) -> str:
    """The calls of the trigger, the innermost last, without those of the loop around them."""
    calls = traceback.extract_stack(frame)
    inside = next((place for place, call in enumerate(calls) if call.name == "_noted"), -1)
    return "".join(traceback.format_list(calls[inside + 1 :])).rstrip("\n")
