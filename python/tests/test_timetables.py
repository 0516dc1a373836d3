"""Timetables that the engine asks: those of one's own, and those of Airflow that it has no schedule for."""

import datetime as dt
import json
import random

import pytest
from dateutil.relativedelta import FR, MO, relativedelta

from engine import ORDERS, Engine
from updraft_airflow.timetables.clock import CronTriggerTimetable, DeltaDataIntervalTimetable, DeltaTriggerTimetable

TIMETABLE = """
import os
from datetime import timedelta
from airflow.timetables.base import DagRunInfo, DataInterval, Timetable

class EveryOther(Timetable):
    '''Every so many days; it can do wrong on purpose.'''

    def __init__(self, days=2, does="right"):
        self.days, self.does = days, does

    def serialize(self):
        return {"days": self.days, "does": self.does}

    def infer_manual_data_interval(self, *, run_after):
        return DataInterval(run_after - timedelta(days=self.days), run_after)

    def next_dagrun_info(self, *, last_automated_data_interval, restriction):
        if self.does == "raises": raise ValueError("no calendar")
        if self.does == "exits": os._exit(3)
        if self.does == "prints": print("x" * 300_000)
        if self.does == "stands": return DagRunInfo.interval(restriction.earliest, restriction.earliest)
        last = last_automated_data_interval
        start = last.end if last else restriction.earliest
        if start is None or (restriction.latest and start > restriction.latest):
            return None
        return DagRunInfo.interval(start, start + timedelta(days=self.days))

class Named(EveryOther):
    def generate_run_id(self, *, run_type, logical_date, data_interval, **_):
        return f"{run_type}-{logical_date:%Y%m%d}"
"""

DAG = """
from datetime import datetime
from airflow import DAG
MADE = dict(start_date=datetime(2024, 1, 1), schedule=TIMETABLE)
x = DAG("d", **MADE)
"""


def ask(engine, schedule, **question):
    """Asks for a timetable that a description has."""
    question = {
        "kind": "next_dagrun_info", "last_automated_data_interval": None, "runs_max": 1, "until": None, "run_type": "scheduled",
        "restriction": {"earliest": "2024-01-01T00:00:00Z", "latest": None, "catchup": True}, **question,
    }  # fmt: skip
    order = {
        **ORDERS["UpdraftTimetableRequest"],
        "dag_id": "d",
        "now": "2024-01-12T06:00:05.123456789Z",
        "question": question,
    }
    order.update(class_path=schedule["class_path"], parameters=schedule["parameters"])
    engine.order(order)
    return engine.until(lambda body: body["type"] == "UpdraftTimetableResult")


def starts(answer):
    assert answer["kind"] == "runs", answer
    return [run["data_interval"]["start"] for run in answer["runs"]]


@pytest.fixture
def engine(tmp_path):
    for folder in ("dags", "plugins"):
        (tmp_path / folder).mkdir()
    (tmp_path / "plugins" / "calendars.py").write_text(TIMETABLE)
    with Engine(tmp_path / "dags", AIRFLOW_HOME=str(tmp_path)) as engine:
        yield engine


def schedule(engine, timetable, before=TIMETABLE, file="dags.py"):
    described = engine.parse(engine.write(before + DAG.replace("TIMETABLE", timetable), file))
    assert described["import_errors"] is None, described["import_errors"]
    return described["serialized_dags"][0]["data"]["schedule"]


@pytest.mark.parametrize("before", [TIMETABLE, "from calendars import EveryOther, Named\n"])
def test_a_timetable_of_the_file_or_of_a_plugin_is_asked_for_runs_and_intervals(engine, before):
    asked = schedule(engine, "EveryOther(days=3)", before)
    first = ask(engine, asked)["runs"]
    assert first == [
        {
            "data_interval": {"start": "2024-01-01T00:00:00Z", "end": "2024-01-04T00:00:00Z"},
            "run_after": "2024-01-04T00:00:00Z",
            "run_id": None,
        }
    ]
    assert starts(ask(engine, asked, last_automated_data_interval=first[0]["data_interval"])) == [
        "2024-01-04T00:00:00Z"
    ]
    utc = dt.timezone.utc
    last = {"start": dt.datetime(2024, 2, 1, tzinfo=utc), "end": dt.datetime(2024, 2, 4, 0, 0, 0, 250_000, tzinfo=utc)}
    assert starts(ask(engine, asked, last_automated_data_interval=last)) == ["2024-02-04T00:00:00.250000Z"]
    several = ask(engine, asked, runs_max=9, until="2024-01-12T00:00:00Z")
    assert starts(several) == [f"2024-01-{day:02}T00:00:00Z" for day in (1, 4, 7)]
    over = {"earliest": "2024-01-01T00:00:00Z", "latest": "2023-01-01T00:00:00Z", "catchup": True}
    assert starts(ask(engine, asked, restriction=over)) == []
    manual = ask(engine, asked, kind="infer_manual_data_interval", run_after="2024-05-04T00:00:00Z")["runs"]
    assert manual[0]["data_interval"] == {"start": "2024-05-01T00:00:00Z", "end": "2024-05-04T00:00:00Z"}
    assert manual[0]["run_after"] == "2024-05-04T00:00:00Z"
    named = ask(engine, schedule(engine, "Named()", before))["runs"]
    assert named[0]["run_id"] == "scheduled-20240101"
    assert engine.children() == []


@pytest.mark.parametrize(
    ("timetable", "months"),
    [
        ("relativedelta(months=1)", ["2024-01-31T00:00:00Z", "2024-02-29T00:00:00Z"]),
        ("DeltaTriggerTimetable(relativedelta(months=1))", ["2024-01-31T00:00:00Z", "2024-02-29T00:00:00Z"]),
        ("CronTriggerTimetable('0 6 * * *', timezone='UTC', interval=timedelta(hours=1))", ["2024-01-31T05:00:00Z", "2024-02-01T05:00:00Z"]),
        ("MultipleCronTriggerTimetable('0 6 * * *', '0 7 * * *', timezone='UTC', interval=timedelta(hours=1))", ["2024-01-31T05:00:00Z", "2024-01-31T06:00:00Z"]),
    ],
)  # fmt: skip
def test_what_the_engine_has_no_schedule_for_is_asked_in_the_same_way(engine, timetable, months):
    before = (
        "from datetime import timedelta\nfrom dateutil.relativedelta import relativedelta\n"
        "from airflow.timetables.trigger import *\n"
    )
    restriction = {"earliest": "2024-01-31T00:00:00Z", "latest": None, "catchup": True}
    asked = schedule(engine, timetable, before)
    assert starts(ask(engine, asked, runs_max=2, restriction=restriction)) == months


def test_without_catchup_the_time_is_the_one_that_the_engine_tells(engine):
    asked = schedule(engine, "relativedelta(days=2)", "from dateutil.relativedelta import relativedelta\n")
    restriction = {"earliest": "2024-01-01T00:00:00Z", "latest": None, "catchup": False}
    (start,) = starts(ask(engine, asked, restriction=restriction))
    assert start == "2024-01-08T06:00:05.123456Z"


@pytest.mark.parametrize(
    ("does", "words"),
    [("raises", "ValueError: no calendar (/"), ("exits", "the process ended by itself, with exit code 3")],
)
def test_one_that_fails_is_told_in_words(engine, does, words):
    answer = ask(engine, schedule(engine, f"EveryOther(does={does!r})"))
    assert answer["kind"] == "failed"
    assert words in answer["message"]
    assert starts(ask(engine, schedule(engine, "EveryOther(does='prints')")))
    stands = ask(engine, schedule(engine, "EveryOther(does='stands')"), runs_max=5, last_automated_data_interval={"start": "2024-01-01T00:00:00Z", "end": "2024-01-01T00:00:00Z"})  # fmt: skip
    assert len(stands["runs"]) == 1


def test_one_that_is_not_there_any_more_is_told(engine):
    asked = schedule(engine, "EveryOther(days=3)")
    schedule(engine, "EveryOther(days=4)")
    assert "has no timetable" in ask(engine, asked)["message"]
    engine.write("import airflow\n1 / 0\n")
    assert "ZeroDivisionError" in ask(engine, asked)["message"]
    (engine.dags / "dags.py").unlink()
    assert "is not below" in ask(engine, asked)["message"]
    for path in ("nothing.of.That", "calendars.Nothing", "calendars"):
        assert "there is no timetable" in ask(engine, {"class_path": path, "parameters": {}})["message"]


def test_beside_assets_the_part_that_follows_the_clock_is_asked(engine):
    before = f"{TIMETABLE}\nfrom airflow.timetables.assets import AssetOrTimeSchedule\nfrom airflow.sdk import Asset\n"
    asked = schedule(engine, "AssetOrTimeSchedule(timetable=EveryOther(5), assets=[Asset('a')])", before)
    assert starts(ask(engine, asked["time"], runs_max=2)) == ["2024-01-01T00:00:00Z", "2024-01-06T00:00:00Z"]


@pytest.mark.parametrize("seed", range(40))
def test_a_timetable_of_ours_is_made_again_of_what_it_was_made_with(seed):
    dice = random.Random(seed)
    adds = {
        name: dice.choice([0, dice.randint(1, 20)])
        for name in ("years", "months", "days", "hours", "minutes", "seconds")
    }
    sets = {
        name: dice.randint(0, 3)
        for name in dice.sample(["hour", "minute", "second", "microsecond"], dice.randint(0, 4))
    }
    if seed % 3 == 0:
        sets["weekday"] = dice.choice([MO, FR(-1), FR(+2)])
    delta = relativedelta(**adds, **sets, leapdays=seed % 2)
    span = dt.timedelta(hours=dice.randint(1, 9))
    for made in (
        DeltaDataIntervalTimetable(delta),
        DeltaTriggerTimetable(span),
        DeltaTriggerTimetable(delta, interval=span),
        CronTriggerTimetable("0 1 * * *", timezone="Europe/Berlin", interval=span),
    ):
        again = type(made).deserialize(json.loads(json.dumps(made.serialize())))
        assert again == made
        assert vars(again) == vars(made)
