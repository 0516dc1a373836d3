"""A fork of the warm interpreter that does one thing and says what came of it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from updraft_airflow.serve import frames
from updraft_airflow.serve.channel import END_ID, Channel
from updraft_airflow.serve.connection import Connection
from updraft_airflow.serve.processes import die_with

Work = Callable[[Channel], "dict[str, Any] | None"]
"""What a fork does; the message with its result, unless another process has sent that."""


class Fork:
    """A process of its own, in a group of its own. `failed` makes the result of one that ends without."""

    def __init__(self, work: Work, failed: Callable[[str], dict[str, Any]], next_id: int) -> None:
        self._failed = failed
        self._result: bytes | None = None
        self._broken: str | None = None
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        # No signal may come to a process that does not know yet who it is.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            parent = os.getpid()
            self.pid = os.fork()
            if self.pid == 0:
                ours.close()
                run(work, theirs, next_id, parent)
            theirs.close()
            with contextlib.suppress(OSError):
                os.setpgid(self.pid, self.pid)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        self.connection = Connection(ours)
        self.handle = os.pidfd_open(self.pid)

    def requests(self) -> list[bytes]:
        """The frames for the engine that have arrived."""
        found: list[bytes] = []
        try:
            while (frame := self.connection.next()) is not None:
                if frames.head(frame) == END_ID:
                    self._result = frame
                else:
                    found.append(frame)
        except frames.GarbageError as error:
            self._broken = f"the process sent something that is no message: {error}"
            self.connection.close()
            self.kill()
        return found

    def terminate(self) -> None:
        """Asks it to end."""
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Kills it and what it has started; it must not have been waited for."""
        for kill in (os.kill, os.killpg):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self.pid, signal.SIGKILL)

    def wait(self) -> dict[str, Any]:
        """Its result, once it has ended; nothing that it has started outlives it."""
        self.kill()
        _, status = os.waitpid(self.pid, 0)
        os.close(self.handle)
        self.connection.close()
        if self._result is not None:
            _, result, _ = frames.decode(self._result)
            return result
        return self._failed(self._broken or _words(status))


def _words(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        name = next((one.name for one in signal.Signals if one == number), f"signal {number}")
        return f"the process was killed by {name}"
    return f"the process ended by itself, with exit code {os.waitstatus_to_exitcode(status)}"


def run(work: Work, end: socket.socket, next_id: int, parent: int) -> NoReturn:
    """What a fork does. It never returns to the loop of the program that it was forked from."""
    code = 1
    try:
        die_with(parent)
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        for stream in (sys.stdout, sys.stderr):
            # A process that is killed has printed what it has printed.
            stream.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue]
        channel = Channel(end, next_id)
        result = work(channel)
        if result is not None:
            channel.end(result)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(BaseException):
                stream.flush()
        os._exit(code)
