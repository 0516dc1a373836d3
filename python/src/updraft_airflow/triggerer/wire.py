"""The socket to the engine: any thread sends and asks, one thread receives."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from updraft_airflow.serve import frames
from updraft_airflow.triggerer.steps import current

_PIECE = 64 << 10


class Wire:
    """Sends messages, and hands out answers to those who asked."""

    is_ours_error = "the triggerer is asked by its own process alone, not by one that a trigger has started"

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._process = os.getpid()
        self._next_id = 1
        self._writing = threading.Lock()
        self._asked: dict[int, Future[tuple[Any, Any]]] = {}

    @property
    def is_ours(self) -> bool:
        """Whether this is still the process that holds the socket."""
        return os.getpid() == self._process

    def news(self, news: str, **fields: Any) -> None:
        """Says something that is not answered."""
        self._send({"type": "UpdraftTriggerer", "news": news, **fields}, None)

    def tell(self, body: dict[str, Any]) -> None:
        """Asks for a trigger without waiting for the answer."""
        self._send(_asked_by(current.get(), body), None)

    def ask(self, body: dict[str, Any]) -> tuple[Any, Any]:
        """Body and error of the answer to what the trigger at work asks. Whoever asks waits, and in the loop all wait with it."""
        answer: Future[tuple[Any, Any]] = Future()
        self._send(_asked_by(current.get(), body), answer)
        return answer.result()

    def _send(self, body: dict[str, Any], answer: Future[tuple[Any, Any]] | None) -> None:
        if not self.is_ours:
            raise RuntimeError(self.is_ours_error)
        with self._writing:
            id = self._next_id
            frame = frames.encode(id, body)
            self._next_id += 1
            if answer is not None:
                self._asked[id] = answer
            try:
                self._end.sendall(frame)
            except OSError:
                _orphaned()

    def receive(self, on_order: Callable[[dict[str, Any]], None]) -> None:
        """Receives until the engine hangs up, which ends this process: nobody is left who waits."""
        decoder = frames.Decoder()
        while piece := self._piece():
            decoder.push(piece)
            while (frame := decoder.next()) is not None:
                id, body, error = frames.decode(frame)
                if id == 0:
                    on_order(body)
                elif (asked := self._asked.pop(id, None)) is not None:
                    asked.set_result((body, error))
        _orphaned()

    def _piece(self) -> bytes:
        try:
            return self._end.recv(_PIECE)
        except OSError:
            return b""


def _asked_by(number: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"type": "UpdraftTriggerAsk", "trigger": number, "request": body}


def _orphaned() -> None:
    os._exit(0)
