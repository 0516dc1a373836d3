"""Which Airflow generation's meaning a DAG has, 2 or 3: a comment of its file, `[updraft] compat_files`, or `[updraft] compat`.

It decides what names and arguments mean, never which of them load: both dialects load at both levels.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

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
    """A setting says neither 2 nor 3."""


class FileLevel(NamedTuple):
    """The level of a file, and what says it; without an own one that of the installation counts."""

    own: int | None
    said_by: str

    @property
    def is_in_file(self) -> bool:
        """Whether the file says it itself."""
        return self.said_by.startswith("#")


def level() -> int:
    """The level of the file that is being read or run: its own, if it says one, else that of the installation; 2 by default."""
    return _of_file.get() or _of_script() or _installed()


def _installed() -> int:
    """The level of the installation: the environment, else `airflow.cfg`, else 2."""
    value = os.environ.get(VARIABLE)
    if value is None:
        from updraft_airflow.configuration import conf

        value = conf.in_file("updraft", "compat") or "2"
    if value.strip() not in ("2", "3"):
        raise WrongLevelError(f"`{VARIABLE}` or `[updraft] compat` is `{value.strip()}`, expected 2 or 3")
    return int(value)


def file_level(path: str, source: bytes) -> FileLevel:
    """The level of a file: a comment in its first lines, `# updraft: compat=3`, comes before `[updraft] compat_files`."""
    match = _COMMENT.search(b"\n".join(source.split(b"\n", _FIRST_LINES)[:_FIRST_LINES]))
    if match is not None:
        return FileLevel(int(match[1]), f"# updraft: compat={int(match[1])}")
    with of_file(2):  # The settings that are asked for now are the same at both levels.
        found = _by_setting(path)
    return found or FileLevel(None, f"[updraft] compat = {_installed()}")


def _by_setting(path: str) -> FileLevel | None:
    """The level by the first glob that matches the path of a file below the DAGs folder."""
    from updraft_airflow.configuration import conf
    from updraft_airflow.files.ignore import translate

    said = conf.get("updraft", "compat_files", fallback="")
    if not said.strip():
        return None
    below = _below(conf.get("core", "dags_folder"), path)
    for entry in (entry.strip() for entry in re.split(r"[,\n]", said)):
        glob, separator, wanted = (part.strip() for part in entry.rpartition("="))
        if entry and (not separator or not glob or wanted not in ("2", "3")):
            raise WrongLevelError(f"`[updraft] compat_files` has `{entry}`, expected `GLOB=2` or `GLOB=3`")
        if entry and below is not None and re.fullmatch(translate(glob), below):
            return FileLevel(int(wanted), f"[updraft] compat_files: {glob}={wanted}")
    return None


def _below(folder: str, path: str) -> str | None:
    """The path of a file below a folder, if it lies there."""
    for make in (os.path.abspath, os.path.realpath):
        below = os.path.relpath(make(path), make(folder))
        if below != os.pardir and not below.startswith(os.pardir + os.sep):
            return below
    return None


@cache
def _of_script() -> int | None:
    """What the program says that runs, if it is a DAG file run as a script."""
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    if path is None or not path.endswith(".py"):
        return None
    try:
        with open(path, "rb") as file:
            source = file.read(16_384)
    except OSError:
        return None
    return file_level(path, source).own


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
