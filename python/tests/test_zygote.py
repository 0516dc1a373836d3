"""The interpreter that others are forked from, and what becomes of what they leave behind; the engine is played by the tests."""

import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from engine import Engine, startup
from test_serve import dag, eventually, gone, python
from updraft_airflow.serve import frames, processes


class Zygote(Engine):
    COMMAND = "zygote"

    def __init__(self, dags):
        super().__init__(dags)
        self.begun = b""
        dag(self, python("a", "return [os.getpid(), os.getppid()]"), DEAF)

    def fork(self, *, grace=30.0):
        """A program, with the id of its process and what tells of its end."""
        made = Engine.__new__(Engine)
        made.dags, made.decoder, made.program, made.runs = self.dags, frames.Decoder(), self.program, self.runs
        made.said, made.lines, made.kept = [], [], {}
        made.socket, theirs = socket.socketpair()
        made.socket.settimeout(60)
        made.stderr = self.dags.parent / "forked"
        with made.stderr.open("ab") as out:
            order = json.dumps({"grace": grace}).encode() + b"\n"
            socket.send_fds(self.socket, [order], [theirs.fileno(), out.fileno(), out.fileno()])
        theirs.close()
        news, (handle,) = self.news()
        made.pid, made.handle = news["forked"], handle
        return made

    def news(self):
        """The next line, with its descriptors."""
        handles = []
        while b"\n" not in self.begun:
            piece, more, _, _ = socket.recv_fds(self.socket, 4096, 8)
            assert piece, self.stderr.read_text()
            self.begun += piece
            handles += more
        line, _, self.begun = self.begun.partition(b"\n")
        return json.loads(line), handles


DEAF = """
def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    left = __import__("subprocess").check_output("setsid sleep 600 >/dev/null & echo $!", shell=True, text=True)
    logging.info("left %s", int(left))
    time.sleep(600)
PythonOperator(task_id="deaf", python_callable=deaf)
"""


@pytest.fixture
def zygote(tmp_path):
    dags = tmp_path / "dags"
    dags.mkdir()
    with Zygote(dags) as made:
        yield made


def score_of(pid):
    with open(f"/proc/{pid}/oom_score_adj") as score:
        return int(score.read())


def left_by(forked):
    """Orders the deaf task; the process that it leaves behind."""
    forked.order(startup("deaf"))
    forked.until(lambda body: body["type"] == "UpdraftLog" and "left" in body["lines"][0]["event"])
    return int(forked.lines[-1]["event"].split()[1])


def test_programs_are_forked_and_run_attempts_beside_each_other(zygote):
    first, second = zygote.fork(), zygote.fork()
    for forked in (second, first, second):
        assert forked.run("a")["type"] == "SucceedTask", forked.lines
        _, parent = forked.kept["return_value"]
        assert parent == forked.pid
        assert score_of(forked.pid) == min(1000, score_of(zygote.program.pid) + 200)
    assert set(zygote.children()) == {first.pid, second.pid}


def test_a_program_ends_when_its_supervisor_hangs_up_and_its_end_is_told(zygote):
    forked = zygote.fork()
    left = left_by(forked)
    forked.socket.close()
    assert zygote.news()[0] == {"ended": [forked.pid, 0]}
    assert gone(left)


def test_what_does_not_end_in_the_time_that_it_has_is_killed(zygote):
    forked = zygote.fork(grace=0.1)
    left = left_by(forked)
    signal.pidfd_send_signal(forked.handle, signal.SIGTERM)
    forked.until(lambda body: body["type"] == "RetryTask")
    assert zygote.news()[0] == {"ended": [forked.pid, 143 << 8]}
    assert gone(left)


def test_what_is_left_behind_is_killed_and_told(zygote):
    forked = zygote.fork()
    dag(zygote, python("a", "os.system('setsid sleep 600 & echo $! > pid')"))
    assert forked.run("a")["type"] == "SucceedTask", forked.lines
    assert gone(int((zygote.dags / "pid").read_text()))
    assert forked.stderr.read_text() == "1 process(es) that were left behind are killed\n"


def test_a_program_that_is_killed_is_told_and_all_end_with_the_zygote(zygote):
    first, second = zygote.fork(), zygote.fork()
    os.kill(first.pid, signal.SIGKILL)
    assert zygote.news()[0] == {"ended": [first.pid, signal.SIGKILL]}
    zygote.socket.close()
    assert zygote.program.wait(30) == 0
    eventually(lambda: gone(second.pid))


def test_children_are_found_where_the_kernel_does_not_list_them(monkeypatch):
    monkeypatch.setattr(processes, "_ARE_LISTED", False)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in processes._children(os.getpid())
        child.communicate(b"\n")
