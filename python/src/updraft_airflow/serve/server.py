"""The loop of the program: takes orders from the engine, has forks carry them out, and passes their frames on.

This process has one thread and runs nobody's code. What a DAG file does at import, and what a task does, ends with its fork.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time
from typing import Any

from updraft_airflow.serve import end, frames, processes, timetable
from updraft_airflow.serve.attempt import carry_out
from updraft_airflow.serve.channel import Channel
from updraft_airflow.serve.connection import Connection
from updraft_airflow.serve.fork import Fork, Work
from updraft_airflow.serve.reading import read, unread

TERMINATED = 143
"""The exit code of a process that ended because it was told to by SIGTERM, as in a shell."""


class ServeError(Exception):
    """The supervisor does something that cannot be understood; the program ends."""


class Server:
    """Carries out one order at a time. After SIGTERM it has `grace` seconds to end, if there is a limit; then all of it is killed."""

    def __init__(self, engine: socket.socket, grace: float | None = None) -> None:
        processes.adopt()
        self._engine = Connection(engine)
        self._grace = grace
        self._end: float | None = None
        self._fork: Fork | None = None
        self._is_terminated = False
        self._next_id = 1
        self._wake, wakes = os.pipe()
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes)
        signal.signal(signal.SIGTERM, self._on_sigterm)

    def serve(self) -> int:
        """Serves until the supervisor hangs up or SIGTERM comes; the exit code."""
        try:
            while self._engine.is_open:
                if self._is_terminated and self._fork is None and not self._engine.is_behind:
                    break
                self._wait()
                while (frame := self._engine.next()) is not None:
                    self._on_frame(frame)
            return TERMINATED if self._is_terminated else 0
        finally:
            if self._fork is not None:
                self._fork.wait()
            processes.kill_all()

    def _on_sigterm(self, *_: object) -> None:
        if self._grace is not None and not self._is_terminated:
            self._end = time.monotonic() + self._grace
        self._is_terminated = True
        if self._fork is not None:
            self._fork.terminate()

    def _wait(self) -> None:
        """Waits for something to happen, and takes what has arrived."""
        waiting, fork = select.poll(), self._fork
        waiting.register(self._wake, select.POLLIN)
        waiting.register(self._engine, self._engine.events)
        if fork is not None:
            waiting.register(fork.handle, select.POLLIN)
            # An engine that is behind slows the task down.
            events = fork.connection.events & (select.POLLOUT if self._engine.is_behind else ~0)
            if fork.connection.is_open and events:
                waiting.register(fork.connection, events)
        left = None if self._end is None else self._end - time.monotonic()
        ready = dict(waiting.poll(None if left is None else max(0.0, left) * 1000))
        if self._wake in ready:
            os.read(self._wake, 512)
        self._engine.flush()
        if self._engine.fileno() in ready:
            self._engine.receive()
        if fork is None:
            return
        if left is not None and left <= 0:
            fork.kill()
        fork.connection.flush()
        if fork.connection.is_open and fork.connection.fileno() in ready:
            fork.connection.receive()
            self._pass_on(fork)
        if fork.handle in ready:
            self._finish(fork)

    def _pass_on(self, fork: Fork) -> None:
        for frame in fork.requests():
            self._next_id = max(self._next_id, frames.head(frame) + 1)
            self._engine.send(frame)

    def _finish(self, fork: Fork) -> None:
        """The fork has ended: what is left in its socket comes before its result."""
        fork.kill()
        while fork.connection.is_open and fork.connection.receive():
            self._pass_on(fork)
        self._fork = None
        result = fork.wait()
        if left := processes.kill_all():
            print(f"{left} process(es) that were left behind are killed", file=sys.stderr, flush=True)  # noqa: T201
        self._send(result)

    def _send(self, message: dict[str, Any]) -> None:
        self._engine.send(frames.encode(self._next_id, message))
        self._next_id += 1

    def _on_frame(self, frame: bytes) -> None:
        if frames.head(frame) != 0:
            # Answers to a fork that has ended interest nobody.
            if self._fork is not None and self._fork.connection.is_open:
                self._fork.connection.send(frame)
            return
        _, order, _ = frames.decode(frame)
        kind = order.get("type", "?") if isinstance(order, dict) else "?"
        if self._fork is not None:
            raise ServeError(f"the supervisor orders `{kind}` while something else runs")
        try:
            self._take(kind, order)
        except (KeyError, AttributeError, TypeError) as error:
            raise ServeError(f"the supervisor orders `{kind}` without what it needs: {error!r}") from error

    def _take(self, kind: str, order: dict[str, Any]) -> None:
        if kind == "StartupDetails":
            again = bool(order["ti_context"].get("should_retry"))
            self._start(lambda channel: carry_out(order, channel), lambda why: end.failed(why, again=again))
        elif kind == "DagFileParseRequest":
            file, _ = order["file"], order["bundle_path"]
            self._start(lambda channel: read(order, channel), lambda why: unread(file, why))
        elif kind == "UpdraftTimetableRequest":
            _ = order["dag_id"], order["class_path"], order["now"], order["question"]["kind"]
            self._start(lambda _: timetable.answer(order), timetable.failed)
        else:
            raise ServeError(f"the supervisor sends something else than orders and answers: `{kind}`")

    def _start(self, work: Work, failed: Any) -> None:
        def alone(channel: Channel) -> dict[str, Any] | None:
            # The fork has no way to the engine but its channel.
            self._engine.close()
            os.close(self._wake)
            return work(channel)

        self._fork = Fork(alone, failed, self._next_id)
        if self._is_terminated:
            self._fork.terminate()
