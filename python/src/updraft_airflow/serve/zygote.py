"""The interpreter that those of the executor's slots are forked from: they start at once, and share what it has imported.

Orders and news are lines of JSON on the socket that is standard input. An order comes with three descriptors: what the new process has as its
socket, standard output and standard error. This process waits for the others, and runs nothing of DAG files and plugins.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

from updraft_airflow.serve.frames import GarbageError
from updraft_airflow.serve.processes import OrphanedError, die_first, die_with
from updraft_airflow.serve.program import begin
from updraft_airflow.serve.server import ServeError, Server

_PIECE = 4 << 10
_DESCRIPTORS_MAX = 192
_DESCRIPTORS = 3
"""So many come with an order."""


def zygote(options: argparse.Namespace) -> int:
    """Forks until the engine on standard input hangs up; the exit code."""
    try:
        Zygote(begin(options)).serve()
    except (OrphanedError, ServeError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


class Zygote:
    """Forks processes that serve the engine, and says how they have ended."""

    def __init__(self, engine: socket.socket) -> None:
        self._engine = engine
        self._begun = b""
        self._descriptors: list[int] = []
        self._wake, self._wakes = os.pipe()
        for end in (self._wake, self._wakes):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wakes)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> None:
        """Does what is ordered until the engine hangs up."""
        waiting = select.poll()
        for end in (self._engine.fileno(), self._wake):
            waiting.register(end, select.POLLIN)
        while True:
            ready = dict(waiting.poll())
            if self._wake in ready:
                os.read(self._wake, 512)
                self._reap()
            if self._engine.fileno() in ready:
                piece, descriptors, _, _ = socket.recv_fds(self._engine, _PIECE, _DESCRIPTORS_MAX)
                if not piece:
                    return
                self._descriptors += descriptors
                *orders, self._begun = (self._begun + piece).split(b"\n")
                for order in orders:
                    own, self._descriptors = self._descriptors[:_DESCRIPTORS], self._descriptors[_DESCRIPTORS:]
                    self._fork(json.loads(order), own)

    def _reap(self) -> None:
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._tell({"ended": list(ended)})
        except ChildProcessError:
            pass

    def _fork(self, order: dict[str, Any], descriptors: list[int]) -> None:
        # No signal may come to a process that does not know yet who it is.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            parent = os.getpid()
            pid = os.fork()
            if pid == 0:
                self._begin(order, descriptors, parent, blocked)
        except OSError as error:
            self._tell({"failed": f"it cannot be forked: {error.strerror}"})
            return
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        # It has not been waited for, so the number is its own.
        handle = os.pidfd_open(pid)
        self._tell({"forked": pid}, [handle])
        os.close(handle)

    def _begin(self, order: dict[str, Any], descriptors: list[int], parent: int, blocked: Any) -> NoReturn:
        """What the new process does. It never returns to the loop of this one."""
        code = 1
        try:
            die_with(parent)
            os.setpgid(0, 0)
            die_first()
            self._engine.close()
            for other in self._descriptors:
                os.close(other)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._wake)
            os.close(self._wakes)
            end, *outputs = descriptors
            for number, output in enumerate(outputs, 1):
                os.dup2(output, number)
                os.close(output)
            server = Server(socket.socket(fileno=end), grace=order["grace"])
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            code = server.serve()
        except (OrphanedError, ServeError, GarbageError) as error:
            print(f"error: {error}", file=sys.stderr)  # noqa: T201
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def _tell(self, news: dict[str, Any], descriptors: list[int] | None = None) -> None:
        # When the engine has gone, that is noticed at once.
        with contextlib.suppress(BrokenPipeError):
            socket.send_fds(self._engine, [json.dumps(news).encode() + b"\n"], descriptors or [])
