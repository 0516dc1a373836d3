"""The processes that come of this one: what tasks leave behind comes to it, and is killed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator

_LIBC = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

_SECONDS_FOR_OTHERS = 5.0
"""So long processes of other users may take to end by themselves."""

_OOM_SCORE_MAX = 1000
_OOM_SCORE_MORE = 200

_ARE_LISTED = os.path.exists("/proc/thread-self/children")
"""Whether this kernel lists the children of a process."""


class OrphanedError(Exception):
    """The process that started this one is gone."""


def die_with(parent: int) -> None:
    """Has the kernel kill this process when its parent ends; checks that it has not ended already."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise OrphanedError("the process that started this one is gone")


def adopt() -> None:
    """Makes this process the parent of every descendant whose own parent ends."""
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_first() -> None:
    """Has the kernel end this process and those that come of it rather than others when memory runs out."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "r+") as score:
        own = int(score.read())
        score.seek(0)
        score.write(str(min(_OOM_SCORE_MAX, own + _OOM_SCORE_MORE)))


def kill_all() -> int:
    """Kills every descendant and waits until none is left; how many there were. The caller has no child of its own that it waits for.

    What is forked meanwhile is found the next time around: its parent is killed, so it comes to this process, and only when no child is left
    does this end.
    """
    killed: set[int] = set()
    others: set[int] = set()
    while _any_child():
        for pid in _descendants():
            with contextlib.suppress(ProcessLookupError):
                try:
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
                except PermissionError:
                    others.add(pid)
        if others >= set(_descendants()) and not _others_end(others):
            break
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, 0 if not others else os.WNOHANG)
    return len(killed)


def _others_end(others: set[int]) -> bool:
    """Waits for processes of other users: `sudo`, and what it has started, which end with the attempt. What stays is killed by `sudo`, if that may;
    false if something stays all the same.
    """
    if _all_end(others):
        return True
    with contextlib.suppress(OSError):
        # Airflow does the same.
        subprocess.run(["sudo", "-n", "kill", "-KILL", *map(str, sorted(others))], capture_output=True, check=False)
    return _all_end(others)


def _all_end(pids: set[int]) -> bool:
    end = time.monotonic() + _SECONDS_FOR_OTHERS
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            waiting = select.poll()
            waiting.register(handle, select.POLLIN)
            ended = waiting.poll(max(0.0, end - time.monotonic()) * 1000)
            os.close(handle)
            if not ended:
                return False
    return True


def _any_child() -> bool:
    """Whether there is a child; those that have ended are waited for."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _descendants() -> list[int]:
    found = _children(os.getpid())
    for pid in found:
        found += _children(pid)
    return found


def _children(pid: int) -> list[int]:
    """The children of all threads of a process. One that has ended has none: they have another parent by now."""
    if not _ARE_LISTED:
        return [child for child, parent in _parents() if parent == pid]
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as children:
                found += map(int, children.read().split())
    return found


def _parents() -> Iterator[tuple[int, int]]:
    """Every process of this machine with its parent."""
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{name}/stat", "rb") as stat:
            # The name in the second field may hold anything, also parentheses and spaces.
            yield int(name), int(stat.read().rpartition(b")")[2].split()[1])
