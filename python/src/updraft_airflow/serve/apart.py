"""Has a fork do something within a time limit, for programs that serve nobody: whatever it does ends with it."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from updraft_airflow.serve.channel import Channel
from updraft_airflow.serve.fork import Fork

_PIECE = 64 << 10


class Done(NamedTuple):
    """What came of it: the result or else why there is none, and how many bytes it has printed."""

    result: dict[str, Any] | None
    why: str
    printed: int


def apart(work: Callable[[], dict[str, Any]], limit: float) -> Done:
    """Has a fork do the work; what it prints is counted and not kept."""
    out, theirs = os.pipe()

    def do(_: Channel) -> dict[str, Any]:
        for output in (1, 2):
            os.dup2(theirs, output)
        return {"result": work(), "why": ""}

    fork = Fork(do, lambda why: {"result": None, "why": why}, next_id=1)
    os.close(theirs)
    try:
        printed, in_time = _wait(fork, out, limit)
    finally:
        os.close(out)
        ended = fork.wait()
    if not in_time:
        ended = {"result": None, "why": f"it takes longer than {limit:g} seconds"}
    return Done(ended["result"], ended["why"], printed)


def _wait(fork: Fork, out: int, limit: float) -> tuple[int, bool]:
    """How much the fork has printed, and whether it has ended in time; what it prints is counted and not kept."""
    end, printed = time.monotonic() + limit, 0
    waiting = select.poll()
    for ready in (out, fork.handle, fork.connection.fileno()):
        waiting.register(ready, select.POLLIN)
    while True:
        left = end - time.monotonic()
        ready = [number for number, _ in waiting.poll(max(0.0, left) * 1000)]
        if out in ready:
            piece = os.read(out, _PIECE)
            printed += len(piece)
            if not piece:
                waiting.unregister(out)
        if fork.connection.fileno() in ready and not fork.connection.receive():
            waiting.unregister(fork.connection.fileno())
        if fork.handle in ready:
            fork.kill()
            while fork.connection.is_open and fork.connection.receive():
                pass
            fork.requests()
            return printed, True
        if left <= 0:
            return printed, False
