"""An attempt as another user, by `sudo`: it starts a process of that user, the *warden*, which forks the one that carries out the order.

The user of the engine may send no signals to what `sudo` has started, so the warden does: it is told over the socket that is its standard input, and
when that closes, for whatever reason, it kills all that came of it. `sudo` passes no other descriptor on, so the channel to the engine and the place
where errors are printed travel over that socket, too.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import updraft_airflow
from updraft_airflow.serve import frames, processes
from updraft_airflow.serve.channel import Channel
from updraft_airflow.serve.fork import run
from updraft_airflow.serve.impersonate import ImpersonationError, user_name

_BEGUN = b"b"
_TERMINATE = b"t"
_DESCRIPTORS = 2
_PIECE = 64 << 10
_PLACE = str(Path(updraft_airflow.__file__).parents[1])
_BEGIN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from updraft_airflow.__main__ import main; sys.exit(main())"
"""`sudo` lets no PYTHONPATH through, whatever it is asked."""

_SAID_BY_SUDO = ("HOME", "LOGNAME", "MAIL", "SHELL", "USER", "USERNAME")
"""What of the environment is not the engine's for a process that `sudo` starts."""


def hand_over(user: str, order: dict[str, Any], channel: Channel) -> None:
    """Has a process of that user carry out the order, which says itself over the channel how it has ended; an `ImpersonationError` if there
    is no `sudo`, or if it refuses.
    """
    sudo = shutil.which("sudo")
    if sudo is None:
        raise _impossible(user, "there is no `sudo` in the PATH of the engine")
    ours, theirs = socket.socketpair()
    # Without a terminal `sudo` puts none between us and the process.
    program = subprocess.Popen(
        [sudo, "-E", "-H", "-n", "-u", user, "--", sys.executable, "-c", _BEGIN, _PLACE, "as-user"],
        stdin=theirs.fileno(),
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    theirs.close()
    told = {"environment": dict(os.environ), "path": sys.path, "next_id": channel.next_id, "order": order}
    with contextlib.suppress(BrokenPipeError):
        socket.send_fds(ours, [b"\0"], [channel.fileno(), 2])
        ours.sendall(frames.encode(0, told))
    signal.signal(signal.SIGTERM, lambda *_: _terminate(ours))
    has_begun = _receive(ours) == _BEGUN
    _, said = program.communicate()
    if not has_begun:
        words = said.decode(errors="backslashreplace").strip() or f"it ends with exit code {program.returncode}"
        raise _impossible(user, f"`sudo` refuses: {words}")
    _end_like(program.returncode)


def _impossible(user: str, why: str) -> ImpersonationError:
    line = f"{user_name(os.geteuid())} ALL=({user}) NOPASSWD:SETENV: {sys.executable}"
    return ImpersonationError(
        f"the task is to run as `{user}` (`run_as_user`), and {why}; "
        f"install sudo, put the line `{line}` into a file below /etc/sudoers.d, or run the engine as root"
    )


def _terminate(control: socket.socket) -> None:
    with contextlib.suppress(OSError):
        control.sendall(_TERMINATE)


def _receive(control: socket.socket) -> bytes:
    """One byte; nothing if the other side has gone."""
    with contextlib.suppress(ConnectionResetError):
        return control.recv(1)
    return b""


def _end_like(code: int) -> None:
    """Ends this process as that one has ended; it goes on if all was well there."""
    if code < 0:
        with contextlib.suppress(OSError):  # Some cannot be handled at all.
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    if code != 0:
        os._exit(code)


def as_user(_: argparse.Namespace) -> int:
    """The warden: what `sudo` starts."""
    from updraft_airflow.serve.program import take_stdin

    processes.adopt()
    control = take_stdin()
    channel, errors = socket.recv_fds(control, 1, _DESCRIPTORS)[1]
    os.dup2(errors, 2)
    os.close(errors)
    told = _told(control)
    own = {name: text for name, text in os.environ.items() if name in _SAID_BY_SUDO or name.startswith("SUDO_")}
    os.environ.update({**told["environment"], **own})
    sys.path[:] = told["path"]
    control.sendall(_BEGUN)
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        control.close()
        _attempt(told, socket.socket(fileno=channel), parent)
    os.close(channel)
    code = _watch(control, child)
    if left := processes.kill_all():
        print(f"{left} process(es) that were left behind are killed", file=sys.stderr, flush=True)  # noqa: T201
    _end_like(code)
    return 0


def _told(control: socket.socket) -> dict[str, Any]:
    decoder = frames.Decoder()
    while (frame := decoder.next()) is None:
        piece = control.recv(_PIECE)
        if not piece:
            raise processes.OrphanedError("the process that started this one is gone")
        decoder.push(piece)
    _, told, _ = frames.decode(frame)
    return told


def _attempt(told: dict[str, Any], end: socket.socket, parent: int) -> NoReturn:
    from updraft_airflow.serve.attempt import carry_out

    run(lambda channel: carry_out(told["order"], channel), end, told["next_id"], parent)


def _watch(control: socket.socket, child: int) -> int:
    """Waits for the child, passes on that it is to end, and kills it when nobody is left who waits for it; how it has ended."""
    handle = os.pidfd_open(child)
    waiting = select.poll()
    for end in (control.fileno(), handle):
        waiting.register(end, select.POLLIN)
    while handle not in (ready := dict(waiting.poll())):
        if control.fileno() in ready:
            is_there = _receive(control) == _TERMINATE
            os.kill(child, signal.SIGTERM if is_there else signal.SIGKILL)
            if not is_there:
                waiting.unregister(control)
    os.close(handle)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
