"""Which Airflow generation's meaning a DAG has: the setting `[updraft] compat`, 2 or 3.

It decides what names and arguments mean, never which of them load: both dialects load at both levels.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "AIRFLOW__UPDRAFT__COMPAT"
"""The environment variable in which the engine tells the level."""

CATCHUP_VARIABLE = "AIRFLOW__SCHEDULER__CATCHUP_BY_DEFAULT"

_COMMENT = re.compile(rb"^#[ \t]*updraft:[ \t]*compat[ \t]*=[ \t]*([23])[ \t]*\r?$", re.MULTILINE)

_FIRST_LINES = 20
"""Among so many lines a comment may say the level of a file."""

_of_file: ContextVar[int | None] = ContextVar("compat_of_file", default=None)


class WrongLevelError(ValueError):
    """The setting is neither 2 nor 3."""


def level() -> int:
    """The level of the file that is being read or run: its own, if it says one, else that of the installation; 2 by default."""
    return _of_file.get() or _of_script() or _of_installation()


def _of_installation() -> int:
    value = os.environ.get(VARIABLE, "2").strip()
    if value not in ("2", "3"):
        raise WrongLevelError(f"`{VARIABLE}` is `{value}`, expected 2 or 3")
    return int(value)


def own_level(source: bytes) -> int | None:
    """The level that a comment in the first lines of a file says: `# updraft: compat=3`."""
    match = _COMMENT.search(b"\n".join(source.split(b"\n", _FIRST_LINES)[:_FIRST_LINES]))
    return int(match[1]) if match else None


@cache
def _of_script() -> int | None:
    """What the program says that runs, if it is a DAG file run as a script."""
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    if path is None or not path.endswith(".py"):
        return None
    try:
        with open(path, "rb") as file:
            return own_level(file.read(16_384))
    except OSError:
        return None


def is_three() -> bool:
    """Whether the file that is being read has the meaning of Airflow 3."""
    return level() == 3


@contextmanager
def of_file(own: int | None) -> Iterator[None]:
    """Reads a file at a level of its own; `None` leaves it at that of the installation, which is settled for all of the file."""
    token = _of_file.set(own or level())
    try:
        yield
    finally:
        _of_file.reset(token)


def wrong(message: str, three: type[Exception] = TypeError) -> Exception:
    """The error of a mistake in a DAG file: AirflowException in Airflow 2, a plain Python error in Airflow 3."""
    if is_three():
        return three(message)
    from updraft_airflow.exceptions import AirflowException

    return AirflowException(message)
