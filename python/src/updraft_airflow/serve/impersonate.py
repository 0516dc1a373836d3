"""Running a task as another user: `run_as_user`. An engine that runs as root becomes that user; any other one asks `sudo`."""

from __future__ import annotations

import os
import pwd

from updraft_airflow.serve.processes import die_with


class ImpersonationError(Exception):
    """This process cannot have the task run as that user."""


def needs_sudo(user: str) -> bool:
    """Whether this process can become that user only by `sudo`."""
    return os.geteuid() not in (0, _known(user).pw_uid)


def become(user: str) -> None:
    """Goes on as this user, with the groups and the home of that, for good."""
    wanted = _known(user)
    own = os.geteuid()
    if wanted.pw_uid == own:
        return
    if own != 0:
        raise ImpersonationError(
            f"the task is to run as `{user}` (`run_as_user`), and `sudo` has made this process one of `{user_name(own)}`"
        )
    parent = os.getppid()
    os.initgroups(user, wanted.pw_gid)
    os.setgid(wanted.pw_gid)
    os.setuid(wanted.pw_uid)
    os.environ.update(HOME=wanted.pw_dir, USER=user, LOGNAME=user)
    # The kernel forgets that when a process becomes somebody else.
    die_with(parent)


def _known(user: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise ImpersonationError(
            f"the task is to run as `{user}` (`run_as_user`), and there is no such user here"
        ) from None


def user_name(uid: int) -> str:
    """What a user is called."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
