"""Starting to serve: takes over the socket on standard input and warms the interpreter up."""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import os
import socket
import stat
import sys

from updraft_airflow import entry_points, search_path
from updraft_airflow.configuration import conf
from updraft_airflow.exceptions import AirflowConfigException
from updraft_airflow.serve.frames import GarbageError
from updraft_airflow.serve.processes import OrphanedError, die_with
from updraft_airflow.serve.server import ServeError, Server

_WARM = (
    "configparser", "importlib.metadata", "jinja2", "pendulum", "airflow.decorators", "airflow.models", "updraft_airflow.connections.connection",
    "updraft_airflow.connections.providers", "updraft_airflow.plugins.loaded",
    "updraft_airflow.connections.variable", "updraft_airflow.operators.bash", "updraft_airflow.operators.decorated",
    "updraft_airflow.operators.empty", "updraft_airflow.operators.python", "updraft_airflow.runtime.macros",
    "updraft_airflow.runtime.outlets", "updraft_airflow.runtime.template", "updraft_airflow.sensors.base",
    "updraft_airflow.timetables.cron", "updraft_airflow.timetables.other",
)  # fmt: skip
"""What nearly every task imports; a fork has it at once."""


def serve(options: argparse.Namespace) -> int:
    """Serves the supervisor on standard input; the exit code."""
    try:
        return Server(begin(options)).serve()
    except (OrphanedError, ServeError, GarbageError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1


def begin(options: argparse.Namespace) -> socket.socket:
    """Takes over the socket on standard input, and warms the interpreter up."""
    if options.parent is not None:
        die_with(options.parent)
    forget_current_folder()
    engine = take_stdin()
    _warm_up()
    return engine


def forget_current_folder() -> None:
    """`python -m` puts the current folder in front of all others; as under Airflow's own command, nothing is imported from there."""
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    # It may be one of those that DAG files import from all the same.
    search_path.prepare()


def take_stdin() -> socket.socket:
    """Makes the socket on standard input ours alone: neither a task nor a process started by one can read or hold it."""
    if not stat.S_ISSOCK(os.fstat(0).st_mode):
        raise ServeError("standard input is not the socket of a supervisor; to look at a file, run `parse FILE`")
    engine = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    return engine


def _warm_up() -> None:
    for name in _WARM:
        # What is not installed is missed by those who use it.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    # Has the file with the settings read.
    with contextlib.suppress(AirflowConfigException):
        conf.get("core", "dags_folder")
    _preload()
    # What cannot be rehearsed is done for the first time in each fork.
    with contextlib.suppress(Exception):
        from updraft_airflow.serve.rehearsal import rehearse

        rehearse()
    for group in (entry_points.PLUGINS, entry_points.PROVIDERS):
        entry_points.offered(group)
    gc.collect()
    # A collection in a fork does not copy the pages of what is here.
    gc.freeze()


def _preload() -> None:
    """Imports what `[updraft] python_preload` names, so that forks have it at once."""
    named: list[str] = []
    with contextlib.suppress(AirflowConfigException):
        named = conf.getlist("updraft", "python_preload", fallback="")
    for name in named:
        try:
            importlib.import_module(name)
        except Exception as error:
            _tell(f"`{name}` cannot be imported: {type(error).__name__}: {error}")
        if len(os.listdir("/proc/self/task")) > 1:
            _tell(f"`{name}` starts threads, which forks of this interpreter do not have; take it out of the list")


def _tell(what: str) -> None:
    print(f"[updraft] python_preload: {what}", file=sys.stderr, flush=True)  # noqa: T201
