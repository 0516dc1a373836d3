"""Who answers the questions of tasks: the engine, or in `dag.test()` this process itself."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

from updraft_airflow.exceptions import ErrorType
from updraft_airflow.runtime import messages

if TYPE_CHECKING:
    from collections.abc import Iterator


class Supervisor(Protocol):
    """Answers questions. One implementation speaks frames with the engine, the other one is memory."""

    def ask(self, request: messages.Request) -> messages.Answer:
        """The answer; an `ErrorResponse` if there is none."""
        ...


class Nobody:
    """Stands in while a file is read without an engine: there are no Variables and Connections but the environment's."""

    def ask(self, request: messages.Request) -> messages.Answer:
        if isinstance(request, messages.GetVariable):
            return messages.ErrorResponse(ErrorType.VARIABLE_NOT_FOUND, {"key": request.key})
        if isinstance(request, messages.GetConnection):
            return messages.ErrorResponse(ErrorType.CONNECTION_NOT_FOUND, {"conn_id": request.conn_id})
        if isinstance(request, messages.MaskSecret):
            return messages.OKResponse()
        name = type(request).__name__
        return messages.ErrorResponse(
            ErrorType.GENERIC_ERROR, {"message": f"no task is running that could ask `{name}`"}
        )


_current: ContextVar[Supervisor] = ContextVar("supervisor")
_default: Supervisor = Nobody()


def current() -> Supervisor:
    """The supervisor of what is running."""
    return _current.get(_default)


def ask(request: messages.Request) -> messages.Answer:
    """Asks the supervisor of the task that is running."""
    return current().ask(request)


def supervised_by_default(supervisor: Supervisor) -> None:
    """Has this supervisor answer in all threads of the process, from now on."""
    global _default
    _default = supervisor


@contextmanager
def supervised_by(supervisor: Supervisor) -> Iterator[None]:
    """Has this supervisor answer, for a while."""
    token = _current.set(supervisor)
    try:
        yield
    finally:
        _current.reset(token)
