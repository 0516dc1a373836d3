"""Plays the engine for the tests of serving: starts the program, gives orders, answers what it asks."""

import copy
import datetime as dt
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import msgpack

from updraft_airflow.serve import frames

PROTOCOL = Path(__file__).parents[2] / "engine/updraft-protocol/tests/it/snapshots"
"""What the engine's messages look like, as the tests of the engine record it."""

ENDS = {"SucceedTask", "RetryTask", "RescheduleTask", "DeferTask", "TaskState", "DagFileParsingResult"}
UNANSWERED = {"UpdraftTriggerer", "UpdraftLog", "DagFileParsingResult", "UpdraftTimetableResult"}
OPTIONAL = {"reason", "python", "fields", "updraft_failed_dags", "updraft_reads"}
"""Fields that may be missing, or that the engine passes over."""


def recorded(name):
    """The messages in one of the engine's snapshots."""
    return json.loads((PROTOCOL / f"it__messages__{name}.snap").read_text().split("---", 2)[2])


SHAPES = {message["type"]: message for message in recorded("from_tasks") if not {"kind", "news"} & set(message)}
NEWS = {message["news"]: message for message in recorded("from_tasks") if "news" in message}
ORDERS = {message["type"]: message for message in recorded("to_tasks")}


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, error, message=""):
        self.body = {"error": error, "detail": {"message": message}}


def check_shape(message):
    """The fields are those of the engine's type; unknown ones would be lost, missing ones refused."""
    if (shape := NEWS[message["news"]] if "news" in message else SHAPES.get(message["type"])) is None:
        assert message["type"] in ("UpdraftCallbackDone", "UpdraftTimetableResult"), message
        return
    assert set(message) - OPTIONAL == set(shape) - OPTIONAL, message["type"]
    for line in message.get("lines", ()):
        assert set(line) - OPTIONAL == set(shape["lines"][0]) - OPTIONAL


def startup(task_id, *, dag_id="d", file="dags.py", context=None, run=None, callback=None, **ti):
    """An order to run an attempt: the engine's own example, with times as they travel."""
    order = copy.deepcopy(ORDERS["StartupDetails"])
    order["ti"].update(task_id=task_id, dag_id=dag_id, run_id="r", **ti)
    order["dag_rel_path"] = file
    order["ti_context"].update(context or {})
    order["ti_context"]["dag_run"].update(dag_id=dag_id, run_id="r", **(run or {}))
    if callback is not None:
        order["callback"] = callback
    return _times(order)


def _times(value):
    if isinstance(value, list):
        return [_times(item) for item in value]
    if isinstance(value, dict):
        return {key: _times(item) for key, item in value.items()}
    if isinstance(value, str) and value.endswith("Z"):
        return dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value


def answered(name, **fields):
    """The engine's own example of an answer, with times as they travel."""
    return _times({**copy.deepcopy(ORDERS[name]), **fields})


RUNS = {
    "GetDagRun": lambda ask: answered("DagRunResult", dag_id=ask["dag_id"], run_id=ask["run_id"]),
    "GetDagRunState": lambda _: answered("DagRunStateResult", state="success"),
    "GetPreviousDagRun": lambda _: answered("PreviousDagRunResult"),
    "GetPrevSuccessfulDagRun": lambda _: answered("PrevSuccessfulDagRunResult"),
    "GetPreviousTI": lambda _: answered("PreviousTIResult"),
    "GetDRCount": lambda _: answered("DRCount", count=1),
    "GetTICount": lambda _: answered("TICount", count=2),
    "GetTaskStates": lambda _: answered("TaskStatesResult"),
    "GetAssetEventByAsset": lambda _: answered("AssetEventsResult"),
}
"""What the engine says of runs, unless a test has it say something else."""


class Engine:
    """A running program, and what it has said."""

    COMMAND = "serve"

    def __init__(self, dags, python=sys.executable, wrapper=(), **env):
        self.dags, self.decoder = dags, frames.Decoder()
        self.said, self.lines, self.kept = [], [], {}
        self.runs = dict(RUNS)
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(60)
        self.stdout, self.stderr = dags.parent / "stdout", dags.parent / "stderr"
        source = Path(__file__).parents[1] / "src"
        with self.stdout.open("wb") as out, self.stderr.open("wb") as err:
            self.program = subprocess.Popen(
                [*wrapper, python, "-m", "updraft_airflow", self.COMMAND, "--parent", str(os.getpid())],
                stdin=theirs,
                stdout=out,
                stderr=err,
                cwd=dags,
                env={
                    **os.environ,
                    "PYTHONPATH": str(source),
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
                    **env,
                },
            )
        theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        try:
            self.program.wait(30)
        finally:
            self.program.kill()
            self.program.wait()

    def write(self, text, name="dags.py"):
        """Writes a DAG file."""
        file = self.dags / name
        file.write_text(text)
        return str(file)

    def order(self, body):
        """Gives an order."""
        self.socket.sendall(frames.encode(0, body))

    def reply(self, id, body=None, error=None):
        """Answers."""
        content = msgpack.packb([id, body] if error is None else [id, None, error], datetime=True)
        self.socket.sendall(struct.pack(">I", len(content)) + content)

    def next(self):
        """Id and body of the next frame."""
        while (frame := self.decoder.next()) is None:
            piece = self.socket.recv(1 << 16)
            if not piece:
                raise EOFError(self.stderr.read_text())
            self.decoder.push(piece)
        id, body, error = frames.decode(frame)
        assert error is None
        check_shape(body)
        return id, body

    def until(self, stop):
        """Answers everything until a message is what was waited for."""
        while True:
            id, body = self.next()
            assert not self.said or id > self.said[-1][0], "ids count up"
            self.said.append((id, body))
            if body["type"] == "UpdraftLog":
                self.lines += body["lines"]
            elif body["type"] not in UNANSWERED:
                self.react(id, body)
            if stop(body):
                return body

    def react(self, id, body):
        """Answers a request. A program that was told to end may have done so once it has said how its attempt ended."""
        try:
            self.reply(id, self.answer(body))
        except Refused as error:
            self.reply(id, error=error.body)
        except BrokenPipeError:
            assert body["type"] in ENDS

    def answer(self, body):
        """What the engine says: XComs and Variables are kept, by key."""
        kind = body["type"]
        if kind == "GetXCom":
            return {"type": "XComResult", "key": body["key"], "value": self.kept.get(body["key"])}
        if kind == "SetXCom":
            self.kept[body["key"]] = body["value"]
        if kind == "GetXComCount":
            return {"type": "XComCountResponse", "len": len(self.kept["copies"])}
        if kind == "GetXComSequenceItem":
            return {"type": "XComSequenceIndexResult", "root": self.kept["copies"][body["offset"]]}
        if kind == "GetXComSequenceSlice":
            part = self.kept["copies"][slice(body["start"], body["stop"], body["step"])]
            return {"type": "XComSequenceSliceResult", "root": part}
        if kind == "GetVariable":
            if body["key"] not in self.kept:
                raise Refused("VARIABLE_NOT_FOUND")
            return {"type": "VariableResult", "key": body["key"], "value": self.kept[body["key"]]}
        if kind == "PutVariable":
            if body["key"] == "forbidden":
                raise Refused("PERMISSION_DENIED", "not yours")
            self.kept[body["key"]] = body["value"]
        if kind == "DeleteVariable":
            self.kept.pop(body["key"], None)
        if kind == "UpdraftGetNewestXCom":
            if body["key"] not in self.kept:
                raise Refused("XCOM_NOT_FOUND")
            return {"type": "XComResult", "key": body["key"], "value": self.kept[body["key"]]}
        if kind in self.runs:
            return self.runs[kind](body)
        if kind == "GetConnection":
            if body["conn_id"] != "c":
                raise Refused("CONNECTION_NOT_FOUND")
            return ORDERS["ConnectionResult"]
        return {"type": "OKResponse", "ok": True} if kind not in ENDS else None

    def run(self, task_id, **order):
        """Has an attempt run to its end, which is returned; what was said before it is in `said`."""
        self.said, self.lines = [], []
        self.order(startup(task_id, **order))
        return self.until(lambda body: body["type"] in ENDS)

    def parse(self, file):
        """Has a file described."""
        self.order({**ORDERS["DagFileParseRequest"], "file": file, "bundle_path": str(self.dags)})
        return self.until(lambda body: body["type"] in ENDS)

    def events(self):
        """What was logged, as level, logger and text."""
        return [(line["level"], line["logger"], line["event"]) for line in self.lines]

    def told(self, kind):
        """The messages of a kind."""
        return [body for _, body in self.said if body["type"] == kind]

    def children(self):
        """The processes of the program that live."""
        pid = self.program.pid
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in text.split()]

    def terminate(self):
        """Sends SIGTERM, as the worker does."""
        self.program.send_signal(signal.SIGTERM)
