"""The program that waits for triggers, played by the tests over a socket."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine import ORDERS, Engine

MODULE = """
import asyncio, datetime as dt, logging, threading, time
from airflow.hooks.base import BaseHook
from airflow.models import Variable
from airflow.triggers.base import BaseTrigger, TaskFailedEvent, TaskSkippedEvent, TaskSuccessEvent, TriggerEvent

class Told(BaseTrigger):
    def __init__(self, **kwargs):
        super().__init__()
        self.kwargs = kwargs

    def serialize(self):
        return "company.Told", self.kwargs

class Sleep(Told):
    async def run(self):
        await asyncio.sleep(self.kwargs["seconds"])
        yield TriggerEvent(self.kwargs.get("payload", self.trigger_id))

class Types(Told):
    async def run(self):
        yield TriggerEvent({"types": sorted(type(value).__name__ for value in self.kwargs.values()), "back": self.kwargs["at"]})

class Who(Told):
    async def run(self):
        yield TriggerEvent(list(self.task_instance))

class Endless(Told):
    async def run(self):
        self.log.info("waits")
        while True:
            await asyncio.sleep(60)
        yield

    async def cleanup(self):
        logging.info("tidies up with %s", (await BaseHook.aget_connection("c")).host)

class Raises(Told):
    async def run(self):
        raise ValueError("the shop is closed")
        yield

class Silent(Told):
    async def run(self):
        if False:
            yield

class Coroutine(Told):
    async def run(self):
        return 1

class NoEvent(Told):
    async def run(self):
        yield 7

class Opaque(Told):
    async def run(self):
        yield TriggerEvent(object())

class Unmade(Told):
    def __init__(self, needed):
        pass

class Exits(Told):
    async def run(self):
        raise SystemExit(3)
        yield

class Succeeds(Told):
    async def run(self):
        yield TaskSuccessEvent(xcoms={"rows": 3, "at": dt.date(2024, 1, 12)})

class Skips(Told):
    async def run(self):
        yield TaskSkippedEvent()

class Fails(Told):
    async def run(self):
        yield TaskFailedEvent()

class Asks(Told):
    async def run(self):
        found = [Variable.get("v"), await asyncio.to_thread(Variable.get, "v")]
        loop = asyncio.get_running_loop()
        found.append(await loop.run_in_executor(None, Variable.get, "v"))
        found.append(Variable.get("none", default_var="nothing"))
        found.append((await BaseHook.aget_connection("c")).host)
        Variable.set("w", "1")
        yield TriggerEvent(found)

class Secret(Told):
    async def run(self):
        found = Variable.get("api_key")
        self.log.info("it is %s", found)
        raise ValueError(f"refused {found}")
        yield

class Blocks(Told):
    async def run(self):
        await asyncio.sleep(0)
        time.sleep(self.kwargs["seconds"])
        yield TriggerEvent("late")

class BlocksInChild(Told):
    async def run(self):
        async def child():
            time.sleep(self.kwargs["seconds"])
        await asyncio.create_task(child())
        yield TriggerEvent("late")

not_a_class = 7
"""


class Triggerer(Engine):
    """A running triggerer, and what it has said."""

    COMMAND = "trigger"

    def __init__(self, dags, **env):
        super().__init__(dags, **env)
        self.write(MODULE, "company.py")

    def run(self, *classes, **kwargs):
        """Orders triggers of these classes, numbered from 1."""
        for number, name in enumerate(classes, 1):
            path = name if "." in name or not name else f"company.{name}"
            self.order({**ORDERS["UpdraftRunTrigger"], "trigger": number, "classpath": path, "kwargs": kwargs})

    def cancel(self, number):
        self.order({**ORDERS["UpdraftCancelTrigger"], "trigger": number})

    def answer(self, body):
        assert body["type"] == "UpdraftTriggerAsk"
        return super().answer(body["request"])

    def until_news(self, *kinds):
        """The next news of one of these kinds."""
        body = self.until(lambda body: body.get("news") in kinds)
        return {name: value for name, value in body.items() if name not in ("type", "news")}

    def ends(self, count=1):
        """How that many triggers have ended, by number."""
        found = [self.until_news("event", "task_end", "failed") for _ in range(count)]
        return {one.pop("trigger"): one for one in found}

    def logged(self):
        """What was logged, as trigger and text."""
        news = [body for _, body in self.said if body.get("news") == "log"]
        return [(one["trigger"], line["event"]) for one in news for line in one["lines"]]


@pytest.fixture
def engine(tmp_path):
    (tmp_path / "dags").mkdir()
    with Triggerer(tmp_path / "dags") as engine:
        yield engine


def test_it_says_that_it_is_ready_and_that_its_loop_goes_round(engine):
    ready = engine.until_news("ready")
    assert ready["pid"] == engine.program.pid
    assert engine.until_news("beat") == {"running": 0}


def test_the_first_event_ends_a_trigger(engine):
    engine.run("Sleep", seconds=0)
    assert engine.ends() == {1: {"payload": 1}}
    assert engine.until_news("over") == {"trigger": 1}
    assert engine.logged() == [(1, "trigger company.Sleep starting"), (1, "trigger fired: TriggerEvent<1>")]


def test_arguments_and_events_keep_their_types(engine):
    at = {"__classname__": "datetime.datetime", "__version__": 1, "__data__": "2024-01-12T06:00:00+00:00"}
    span = {"__classname__": "datetime.timedelta", "__version__": 1, "__data__": 90.0}
    engine.run(
        "Types", at=at, span=span, pair={"__classname__": "builtins.tuple", "__version__": 1, "__data__": [1, 2]}
    )
    assert engine.ends()[1]["payload"] == {"types": ["datetime", "timedelta", "tuple"], "back": at}


def test_a_trigger_knows_who_waits(engine):
    engine.run("Who")
    assert engine.ends()[1]["payload"] == ["d", "t", "r", -1, 1]


def test_events_may_end_the_task(engine):
    engine.run("Succeeds", "Skips", "Fails")
    date = {"__classname__": "datetime.date", "__version__": 1, "__data__": "2024-01-12"}
    assert engine.ends(3) == {
        1: {"end": {"state": "success", "xcoms": {"rows": 3, "at": date}}},
        2: {"end": {"state": "skipped", "xcoms": {}}},
        3: {"end": {"state": "failed", "xcoms": {}}},
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "Raises",
            [
                "trigger `company.Raises` failed: ValueError: the shop is closed",
                "Traceback",
                "in run\n    raise ValueError",
            ],
        ),
        ("Silent", ["trigger `company.Silent` failed: it ended without an event"]),
        ("Coroutine", ["its `run` is no async generator"]),
        ("NoEvent", ["it has yielded 7, which is no TriggerEvent"]),
        ("Opaque", ["its event is no JSON: cannot serialize object of type <class 'object'>"]),
        ("Unmade", ["trigger `company.Unmade` cannot be made: TypeError", "needed"]),
        ("Exits", ["trigger `company.Exits` failed: SystemExit: 3"]),
        ("Missing", ["cannot be made: ImportError: module `company` has no `Missing`"]),
        ("nowhere.at.All", ["trigger `nowhere.at.All` cannot be made: ModuleNotFoundError: No module named 'nowhere'"]),
        ("not_a_class", ["`company.not_a_class` is no class of a trigger"]),
        ("", ["is no path to an object"]),
    ],
)
def test_what_goes_wrong_is_said(engine, name, words):
    engine.run(name)
    error = engine.ends()[1]["error"]
    for word in words:
        assert word in error
    assert engine.until_news("over") == {"trigger": 1}
    engine.run("Sleep", seconds=0)
    assert engine.ends() == {1: {"payload": 1}}, "the others go on"


def test_a_trigger_that_is_cancelled_tidies_up_and_may_ask_for_that(engine):
    engine.run("Endless", "Sleep", seconds=0)
    engine.ends()
    engine.cancel(1)
    engine.until(lambda body: body.get("news") == "over" and body["trigger"] == 1)
    assert (1, "tidies up with localhost") in engine.logged()


def test_triggers_ask_as_tasks_do_from_coroutines_and_threads(engine):
    engine.kept["v"] = "x"
    engine.run("Asks")
    assert engine.ends()[1]["payload"] == ["x", "x", "x", "nothing", "localhost"]
    assert engine.kept["w"] == "1"
    asks = engine.told("UpdraftTriggerAsk")
    names = [(ask["trigger"], ask["request"]["type"]) for ask in asks]
    assert (0, "GetVariable") in names, "a thread without a context is nobody's"
    assert {name for name in names if name[1] != "GetVariable"} == {(1, "GetConnection"), (1, "PutVariable")}


def test_secrets_are_masked(engine):
    engine.kept["api_key"] = "hunter22"
    engine.run("Secret")
    assert "refused ***" in engine.ends()[1]["error"]
    assert "hunter22" not in str(engine.logged())
    assert [
        ask["request"]["value"] for ask in engine.told("UpdraftTriggerAsk") if ask["request"]["type"] == "MaskSecret"
    ] == ["hunter22"]


@pytest.mark.parametrize("name", ["Blocks", "BlocksInChild"])
def test_who_blocks_the_loop_is_named_while_it_does(engine, name):
    engine.run("Endless", name, seconds=1.5)
    blocks = engine.until_news("blocks")
    assert blocks["trigger"] == 2
    assert 0.2 < blocks["seconds"] < 1.4
    assert 'time.sleep(self.kwargs["seconds"])' in blocks["stack"]
    assert "asyncio/" not in blocks["stack"].split("\n")[0]
    assert engine.ends() == {2: {"payload": "late"}}
    again = [body["seconds"] for _, body in engine.said if body.get("news") == "blocks"]
    assert len(again) == 2, f"told again when it is five times as long: {again}"


def test_who_is_at_work_can_be_read_from_outside_and_after_the_end(engine):
    ready = engine.until_news("ready")
    with open(f"/proc/{ready['pid']}/fd/{ready['mark']}", "rb") as mark:
        engine.run("Sleep", "Blocks", seconds=60)
        engine.until_news("blocks")
        engine.program.send_signal(signal.SIGKILL)
        engine.program.wait(30)
        assert int.from_bytes(mark.read(8), "little") == 2


def test_a_thousand_triggers_sleep_at_once(engine):
    engine.until_news("ready")
    began = time.monotonic()
    engine.run(*["Sleep"] * 1000, seconds=1)
    ends = engine.ends(1000)
    took = time.monotonic() - began
    assert ends == {number: {"payload": number} for number in range(1, 1001)}
    assert took < 20
    blocks = [body["seconds"] for _, body in engine.said if body.get("news") == "blocks"]
    print(f"1,000 triggers that sleep 1 s took {took:.1f} s; blocked: {blocks}")


def test_it_ends_when_the_engine_hangs_up(engine):
    engine.run("Endless")
    engine.until_news("beat")
    engine.socket.close()
    assert engine.program.wait(30) == 0


def test_without_an_engine_it_says_so(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "src"))
    command = [sys.executable, "-m", "updraft_airflow", "trigger"]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "standard input is not the socket of a supervisor" in ended.stderr
