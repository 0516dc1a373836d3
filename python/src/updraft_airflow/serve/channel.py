"""The way from a fork to the program that it was forked from, which passes frames on to the engine."""

from __future__ import annotations

import os
import select
import socket
import threading
from typing import Any

from updraft_airflow.runtime.interrupts import WHOLE
from updraft_airflow.serve import frames

_PIECE = 64 << 10

END_ID = 0
"""The id of the frame with the result of a fork. The program sends it on when the fork has ended, with an id of its own."""


class OtherProcessError(RuntimeError):
    """A process that the task has started wants to ask something; the answers belong to the task."""


class Channel:
    """Sends messages and waits for answers. One thread asks at a time; what signals raise never tears a frame."""

    def __init__(self, end: socket.socket, next_id: int) -> None:
        self._end = end
        self._next_id = next_id
        self._process = os.getpid()
        self._decoder = frames.Decoder()
        self._lock = threading.RLock()
        # Log lines of one thread do not wait for the answer of another.
        self._writing = threading.RLock()

    @property
    def is_ours(self) -> bool:
        """Whether this is still the process that the channel was made for."""
        return os.getpid() == self._process

    @property
    def next_id(self) -> int:
        """The id of the next message."""
        return self._next_id

    def fileno(self) -> int:
        """The file descriptor."""
        return self._end.fileno()

    def ask(self, body: dict[str, Any]) -> tuple[Any, Any]:
        """Body and error of the answer."""
        if not self.is_ours:
            raise OtherProcessError(
                f"`{body['type']}` can be asked by the process of the task alone, not by one that it has started"
            )
        with self._lock:
            id = self._send(body)
            while True:
                answered, answer, error = self._receive()
                # An answer to somebody who was interrupted while waiting is of no use any more.
                if answered == id:
                    return answer, error

    def tell(self, body: dict[str, Any]) -> None:
        """Sends a message that is not answered."""
        self._send(body)

    def end(self, body: dict[str, Any]) -> None:
        """Hands over the result: the last frame."""
        with WHOLE, self._writing:
            self._end.sendall(frames.encode(END_ID, body))

    def _send(self, body: dict[str, Any]) -> int:
        with WHOLE, self._writing:
            id = self._next_id
            frame = frames.encode(id, body)
            self._next_id += 1
            try:
                self._end.sendall(frame)
            except OSError:
                _orphaned()
            return id

    def _receive(self) -> tuple[int, Any, Any]:
        while True:
            with WHOLE:
                frame = self._decoder.next()
                if frame is not None:
                    return frames.decode(frame)
            waiting = select.poll()
            waiting.register(self._end, select.POLLIN)
            waiting.poll()
            with WHOLE:
                piece = self._end.recv(_PIECE)
                if not piece:
                    _orphaned()
                self._decoder.push(piece)


def _orphaned() -> None:
    """Nobody is left whom the result could interest."""
    os._exit(1)
