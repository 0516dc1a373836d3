"""The processes that come of this one: what tasks leave behind comes to it, and is killed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator

_LIBC = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

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
    while _any_child():
        for pid in _descendants():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, 0)
    return len(killed)


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
