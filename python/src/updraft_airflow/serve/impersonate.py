"""Running a task as another user: `run_as_user`. Only an engine that runs as root can have it do that."""

from __future__ import annotations

import os
import pwd

from updraft_airflow.serve.processes import die_with


class ImpersonationError(Exception):
    """This process cannot become that user."""


def become(user: str) -> None:
    """Goes on as this user, with the groups and the home of that, for good."""
    try:
        wanted = pwd.getpwnam(user)
    except KeyError:
        raise ImpersonationError(
            f"the task is to run as `{user}` (`run_as_user`), and there is no such user here"
        ) from None
    own = os.geteuid()
    if wanted.pw_uid == own:
        return
    if own != 0:
        raise ImpersonationError(
            f"the task is to run as `{user}` (`run_as_user`), for which the engine has to run as root; it runs as `{_name(own)}`"
        )
    parent = os.getppid()
    os.initgroups(user, wanted.pw_gid)
    os.setgid(wanted.pw_gid)
    os.setuid(wanted.pw_uid)
    os.environ.update(HOME=wanted.pw_dir, USER=user, LOGNAME=user)
    # The kernel forgets that when a process becomes somebody else.
    die_with(parent)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
