"""Starting to wait for triggers: one loop for all of them, a thread for what the engine sends, and one that watches."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import os
import sys
import threading

from updraft_airflow import search_path
from updraft_airflow.log import tell_secrets_to
from updraft_airflow.runtime import messages
from updraft_airflow.runtime.supervisor import supervised_by_default
from updraft_airflow.serve.frames import GarbageError
from updraft_airflow.serve.processes import OrphanedError, die_with
from updraft_airflow.serve.program import forget_current_folder, take_stdin
from updraft_airflow.serve.server import ServeError
from updraft_airflow.serve.supervisor import FrameSupervisor
from updraft_airflow.triggerer import logs
from updraft_airflow.triggerer.steps import TriggerLoop
from updraft_airflow.triggerer.triggers import Triggers
from updraft_airflow.triggerer.watchdog import Watchdog
from updraft_airflow.triggerer.wire import Wire

_BEAT = 1.0
"""The loop says that it goes round, in seconds."""

_WARM = (
    "updraft_airflow.connections.connection",
    "updraft_airflow.connections.variable",
    "updraft_airflow.triggers.base",
)


def trigger(options: argparse.Namespace) -> int:
    """Waits for triggers until the engine on standard input hangs up; the exit code."""
    parent = options.parent
    try:
        if parent is not None:
            die_with(parent)
        forget_current_folder()
        wire = Wire(take_stdin())
    except (OrphanedError, ServeError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue]
    logs.install(wire)
    supervised_by_default(FrameSupervisor(wire))
    tell_secrets_to(lambda secret: _mask(wire, secret))
    search_path.prepare()
    for name in _WARM:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    _wait(wire)
    return 0


def _wait(wire: Wire) -> None:
    loop = TriggerLoop()
    asyncio.set_event_loop(loop)
    triggers = Triggers(loop, wire)
    threading.Thread(target=_receive, args=(wire, loop, triggers), name="receiver", daemon=True).start()
    Watchdog(loop, wire).start()
    wire.news("ready", pid=os.getpid(), mark=loop.mark.file)
    loop.run_until_complete(_beat(wire, triggers))


def _receive(wire: Wire, loop: TriggerLoop, triggers: Triggers) -> None:
    try:
        wire.receive(lambda order: loop.call_soon_threadsafe(triggers.take, order) and None)
    except GarbageError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)  # noqa: T201
        os._exit(1)


async def _beat(wire: Wire, triggers: Triggers) -> None:
    while True:
        wire.news("beat", running=len(triggers))
        await asyncio.sleep(_BEAT)


def _mask(wire: Wire, secret: str) -> None:
    """Names a secret; what a trigger prints and what its task logs later is masked by the engine."""
    if wire.is_ours:
        wire.tell({"type": "MaskSecret", **messages.MaskSecret(value=secret)._asdict()})
