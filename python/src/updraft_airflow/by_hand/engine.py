"""The engine, for commands that it has started: it answers with the Variables and Connections of its database."""

from __future__ import annotations

import os
import socket

from updraft_airflow.runtime import messages
from updraft_airflow.runtime.supervisor import supervised_by_default
from updraft_airflow.serve.channel import Channel
from updraft_airflow.serve.supervisor import FrameSupervisor

_VARIABLE = "UPDRAFT_ANSWERS"
"""The environment variable with the path of its socket."""


def ask_if_there() -> None:
    """Has the engine answer in this process and its forks from now on, if it has started the command."""
    path = os.environ.pop(_VARIABLE, None)
    if path is not None:
        supervised_by_default(Engine(path))


class Engine:
    """Asks the engine. Each process has a connection of its own, which it makes when it first asks."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._process: int | None = None
        self._supervisor: FrameSupervisor | None = None

    def ask(self, request: messages.Request) -> messages.Answer:
        """The answer."""
        if self._supervisor is None or self._process != os.getpid():
            end = socket.socket(socket.AF_UNIX)
            end.connect(self._path)
            self._process, self._supervisor = os.getpid(), FrameSupervisor(Channel(end, next_id=1))
        return self._supervisor.ask(request)
