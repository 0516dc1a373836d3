"""`run_as_user` under an engine that does not run as root: a `sudo` stands in the PATH that checks what it is called with.

As root, the engine of a test runs as `nobody`, and that `sudo` really makes its process one of another user. Otherwise it cannot.
"""

import contextlib
import os
import pwd
import shutil
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from engine import Engine, startup
from test_serve import begins, dag, eventually, gone

IS_ROOT = os.geteuid() == 0
WANTED = next(user for user in pwd.getpwall() if user.pw_uid not in (0, os.geteuid(), pwd.getpwnam("nobody").pw_uid))
"""The user that tasks are to run as."""

SUDO = """\
#!{python} -IS
import os, pwd, signal, subprocess, sys

options, user, dashes, command = sys.argv[1:5], sys.argv[5], sys.argv[6], sys.argv[7:]
assert (options, dashes) == (["-E", "-H", "-n", "-u"], "--"), sys.argv
assert (command[1], command[-1]) == ("-c", "as-user"), command
wanted = pwd.getpwnam(user)
os.closerange(3, 256)
os.environ.pop("PYTHONPATH", None)
if os.geteuid() == 0:
    # From here on nobody but root may send it a signal.
    os.setresuid(0, 0, 0)
    # What is tested may lie where only root can look.
    may = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
    command = ["setpriv", "--reuid", user, "--regid", str(wanted.pw_gid), "--clear-groups", *may, *command]
environment = {{**os.environ, "HOME": "/home/of/" + user, "USER": user, "LOGNAME": user, "SUDO_USER": "someone"}}
ended = subprocess.run(command, env=environment).returncode
if ended < 0:
    os.kill(os.getpid(), -ended)
sys.exit(ended)
"""


@pytest.fixture
def place():
    """A folder that every user can look into."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        (Path(folder) / "dags").mkdir()
        (Path(folder) / "bin").mkdir()
        yield Path(folder)


def tools(place, sudo):
    """A PATH with this `sudo` and without the one of the machine."""
    for tool in ("setpriv", "kill"):
        (place / "bin" / tool).symlink_to(shutil.which(tool))
    if sudo is not None:
        (place / "bin/sudo").write_text(textwrap.dedent(sudo))
        (place / "bin/sudo").chmod(0o755)
    return str(place / "bin")


def working(place):
    """A `sudo` that does what is asked, for the group of `nobody` alone."""
    python = place / "bin/python"
    shutil.copy(os.path.realpath(sys.executable), python)
    if IS_ROOT:
        os.chown(place / "bin", 0, pwd.getpwnam("nobody").pw_gid)
        (place / "bin").chmod(0o750)
        python.chmod(0o4755)
    return SUDO.format(python=python)


@contextlib.contextmanager
def unprivileged(place, path):
    """An engine that is not root."""
    wrapper = []
    if IS_ROOT:
        may = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
        group = str(pwd.getpwnam("nobody").pw_gid)
        wrapper = ["setpriv", "--reuid", "nobody", "--regid", group, "--clear-groups", *may]
    with Engine(place / "dags", wrapper=wrapper, PATH=path) as engine:
        yield engine


def as_wanted(operator, more=""):
    return f"{operator}(task_id='a', run_as_user={WANTED.pw_name!r}{more})"


def test_without_sudo_a_task_of_another_user_fails_and_says_what_to_do(place):
    with unprivileged(place, tools(place, None)) as engine:
        dag(engine, as_wanted("PythonOperator", ", python_callable=print"))
        told = engine.run("a")
        assert (told["type"], told["state"]) == ("TaskState", "failed")
        assert "there is no `sudo` in the PATH of the engine" in told["reason"]
        assert f"ALL=({WANTED.pw_name}) NOPASSWD:SETENV: {sys.executable}`" in told["reason"]


def test_a_sudo_that_refuses_is_quoted(place):
    sudo = """\
    #!/bin/sh
    echo "sudo: a password is required" >&2
    exit 1
    """
    with unprivileged(place, tools(place, sudo)) as engine:
        dag(engine, as_wanted("PythonOperator", ", python_callable=print"))
        told = engine.run("a")
        assert (told["type"], told["state"]) == ("TaskState", "failed")
        assert "`sudo` refuses: sudo: a password is required; install sudo, put the line `" in told["reason"]


def test_a_task_runs_as_another_user_by_sudo(place):
    with unprivileged(place, tools(place, working(place))) as engine:
        whom = "[os.geteuid(), os.getgid(), os.environ['HOME'], os.environ['TOLD']]"
        dag(
            engine,
            f"os.environ['TOLD'] = 'in the environment'\n{as_wanted('PythonOperator', f', python_callable=lambda: print(1) or {whom}')}",
            "BashOperator(task_id='b', bash_command='exit 3')",
        )
        told = engine.run("a")
        if not IS_ROOT:
            assert "and `sudo` has made this process one of" in told["reason"]
            return
        assert told["type"] == "SucceedTask", told
        home = f"/home/of/{WANTED.pw_name}"
        assert engine.kept["return_value"] == [WANTED.pw_uid, WANTED.pw_gid, home, "in the environment"]
        assert engine.stdout.read_text() == "1\n"
        assert engine.run("b")["state"] == "up_for_retry"
        dag(engine, as_wanted("PythonOperator", ", python_callable=lambda: os.kill(os.getpid(), 9)"))
        told = engine.run("a", context={"should_retry": False})
        assert told["reason"] == "the process was killed by SIGKILL"


def test_a_task_of_another_user_is_told_to_end(place):
    with unprivileged(place, tools(place, working(place))) as engine:
        dag(engine, as_wanted("Long"))
        if not IS_ROOT:
            assert engine.run("a")["state"] == "failed"
            return
        begins(engine)
        engine.terminate()
        assert engine.until(lambda body: body["type"] in ("RetryTask", "TaskState"))
        assert engine.program.wait(30) == 143
        assert engine.stdout.read_text() == "begins\non_kill none\n"


@pytest.mark.parametrize("how", ["hangs up", "is killed"])
def test_nothing_of_another_user_outlives_an_engine_that(place, how):
    with unprivileged(place, tools(place, working(place))) as engine:
        left = """
def leaves():
    pid = os.fork()
    os.setsid() if pid == 0 else logging.info("%d", pid)
    time.sleep(600)
"""
        dag(engine, f"{left}{as_wanted('PythonOperator', ', python_callable=leaves')}")
        if not IS_ROOT:
            assert engine.run("a")["state"] == "failed"
            return
        engine.order(startup("a"))
        engine.until(lambda _: any(line["event"].isdigit() for line in engine.lines))
        pid = next(int(line["event"]) for line in engine.lines if line["event"].isdigit())
        assert os.stat(f"/proc/{pid}").st_uid == WANTED.pw_uid
        if how == "hangs up":
            engine.socket.close()
        else:
            engine.program.kill()
        engine.program.wait(30)
        eventually(lambda: gone(pid))
