"""Reading a DAG file for the engine, in a fork: what the file asks is answered by the engine, it has a time limit, and what it reads is noted."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from importlib.util import source_from_cache
from typing import Any

from updraft_airflow import policies, search_path
from updraft_airflow.configuration import conf, get_airflow_home
from updraft_airflow.exceptions import AirflowTaskTimeout
from updraft_airflow.log import redact
from updraft_airflow.manifest.parse import parse
from updraft_airflow.runtime.supervisor import supervised_by
from updraft_airflow.serve.channel import Channel
from updraft_airflow.serve.supervisor import FrameSupervisor


def read(order: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Does what a `DagFileParseRequest` orders; the `DagFileParsingResult`."""
    file, folder = order["file"], order["bundle_path"]
    search_path.add(folder)
    reads = Reads(file, folder)
    sys.addaudithook(reads.note)
    with supervised_by(FrameSupervisor(channel)), _limited(_limit_of(file)):
        parsed = _masked(parse(file).as_json())
    # The way through JSON: what the engine reads is what `parse` prints.
    return json.loads(json.dumps({**parsed, "updraft_reads": reads.as_json()}))


def _masked(parsed: dict[str, Any]) -> dict[str, Any]:
    """The answer, without the secrets that the file was told: an error may quote them."""
    errors, beside = parsed["import_errors"], parsed["python"]["import_errors"]
    return {
        **parsed,
        "warnings": parsed["warnings"] and [redact(text) for text in parsed["warnings"]],
        "import_errors": errors and {place: redact(text) for place, text in errors.items()},
        "python": {"import_errors": [_without_secrets(error) for error in beside]},
    }


def _without_secrets(error: dict[str, Any]) -> dict[str, Any]:
    return {**error, "message": redact(error["message"]), "traceback": redact(error["traceback"])}


def unread(file: str, why: str) -> dict[str, Any]:
    """The answer of a fork that has ended without one."""
    return {
        "type": "DagFileParsingResult",
        "fileloc": file,
        "serialized_dags": [],
        "warnings": None,
        "import_errors": {file: f"reading the file: {why}"},
    }


def _limit_of(file: str) -> float:
    """How many seconds reading the file may take, 0 for any: a limit that the installation's policies have for it is kept where it is read."""
    own = None
    with contextlib.suppress(Exception):  # A policy that fails is told of when the file is read.
        own = policies.get_dagbag_import_timeout(file)
    return 0.0 if own is not None else conf.getfloat("core", "dagbag_import_timeout")


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raises in the middle of what takes too long, so that the traceback tells where that is."""

    def stop(*_: object) -> None:
        raise AirflowTaskTimeout(
            f"reading the file takes longer than {seconds:g} seconds, the limit of `[core] dagbag_import_timeout`: "
            "do less when it is imported, or raise the limit"
        )

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Reads:
    """The files and folders of the Airflow home that a DAG file reads, with their state when it first did: what it imports among them."""

    def __init__(self, file: str, dags_folder: str) -> None:
        self._file = os.path.realpath(file)
        home = get_airflow_home()
        wanted = (dags_folder, conf.get("core", "plugins_folder"), home)
        others = (sys.prefix, conf.get("logging", "base_log_folder"))
        self._wanted = tuple(os.path.realpath(folder) + os.sep for folder in wanted)
        self._others = tuple(os.path.realpath(folder) + os.sep for folder in others)
        self._seen: dict[str, os.stat_result] = {}

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook."""
        # What goes wrong here must not reach the file.
        with contextlib.suppress(Exception):
            if event == "open":
                path, mode, flags = arguments
                if isinstance(path, (str, bytes)) and not _writes(mode, flags):
                    self._add(os.fsdecode(path))
            elif event in ("os.listdir", "os.scandir") and not _imports():
                path = arguments[0]
                if path is None or isinstance(path, (str, bytes)):
                    self._add(os.fsdecode(path or "."))

    def _add(self, path: str) -> None:
        path = os.path.realpath(path)
        if path.endswith(".pyc"):
            path = source_from_cache(path)
        inside = path + os.sep
        if path == self._file or path in self._seen or path.endswith((".db", ".db-wal", ".db-shm")):
            return
        if inside.startswith(self._wanted) and not inside.startswith(self._others):
            self._seen[path] = os.stat(path)

    def as_json(self) -> list[dict[str, Any]]:
        """The engine's `UpdraftRead`s."""
        return [
            {
                "path": path,
                "device": seen.st_dev,
                "inode": seen.st_ino,
                "size": seen.st_size,
                "modified": seen.st_mtime_ns,
                "changed": seen.st_ctime_ns,
            }
            for path, seen in self._seen.items()
        ]


def _writes(mode: Any, flags: Any) -> bool:
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool(flags & (os.O_WRONLY | os.O_RDWR))


def _imports() -> bool:
    """Whether it is the import system that looks into a folder. It looks into all of them; what it finds there is opened."""
    caller = sys._getframe(2).f_code.co_filename
    return caller.startswith("<frozen importlib") or caller.endswith("importlib/_bootstrap_external.py")
