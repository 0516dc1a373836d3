"""Asks a real Airflow when schedules that are no cron expressions make runs, and writes its answers as JSON.

    python schedules.py > oracle/schedules.json
"""

import datetime
import itertools
import json
import logging
import random
import sys
from types import SimpleNamespace

import pendulum
import time_machine
from airflow import __version__
from airflow.datasets import Dataset, DatasetAll, DatasetAny
from airflow.timetables.base import TimeRestriction
from airflow.timetables.events import EventsTimetable
from airflow.timetables.interval import DeltaDataIntervalTimetable
from airflow.timetables.simple import ContinuousTimetable, DatasetTriggeredTimetable, OnceTimetable

EPOCH = pendulum.datetime(2024, 1, 1)
RUNS = 6
ABOUT = (
    "runs: the runs that a schedule makes one after the other, each asked for at its own `now`, until there is none; "
    "manual: the data interval of a run triggered at run_after; expressions: whether updated assets satisfy a schedule; "
    "intervals: the data interval of a run that events of assets have made. Times are UTC."
)


def text(moment):
    return None if moment is None else moment.in_timezone("UTC").isoformat()


def moment(chance, days=40):
    return EPOCH.add(seconds=chance.randrange(days * 86_400))


def schedules(chance):
    """Timetables, each with its description."""
    for seconds in (90, 600, 3_600, 25_200, 86_400, 129_600, 604_800, 7):
        timetable = DeltaDataIntervalTimetable(datetime.timedelta(seconds=seconds))
        yield timetable, {"timetable": "DeltaDataIntervalTimetable", "seconds": seconds}
    for count, restrict in itertools.product((1, 3, 7), (False, True)):
        dates = sorted(moment(chance) for _ in range(count))
        timetable = EventsTimetable(event_dates=dates, restrict_to_events=restrict)
        description = {"timetable": "EventsTimetable", "dates": [text(date) for date in dates]}
        yield timetable, description | {"restrict_to_events": restrict}
    yield OnceTimetable(), {"timetable": "OnceTimetable"}
    yield ContinuousTimetable(), {"timetable": "ContinuousTimetable"}


def runs(chance, timetable, catchup):
    """One DAG's life: when it begins and ends, and the runs that it gets."""
    start = moment(chance, 20)
    end = chance.choice((None, start.add(seconds=chance.randrange(30 * 86_400))))
    now = start.add(seconds=chance.randrange(-86_400, 20 * 86_400))
    restriction = TimeRestriction(earliest=start, latest=end, catchup=catchup)
    rows, last = [], None
    for _ in range(RUNS):
        with time_machine.travel(now, tick=False):
            info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        row = {"now": text(now)}
        if info is not None:
            last = info.data_interval
            row |= {"start": text(last.start), "end": text(last.end), "run_after": text(info.run_after)}
        rows.append(row)
        if info is None:
            break
        now = max(now, last.end).add(seconds=chance.randrange(2, 3 * 86_400))
    return {"start_date": text(start), "end_date": text(end), "catchup": catchup, "runs": rows}


def manual(chance, timetable):
    run_after = moment(chance)
    interval = timetable.infer_manual_data_interval(run_after=run_after)
    return {"run_after": text(run_after), "start": text(interval.start), "end": text(interval.end)}


def expression(chance, depth):
    """A condition on assets, as Airflow's object and as its description."""
    if depth == 0 or chance.random() < 0.3:
        uri = f"s3://lake/{chance.choice('abcd')}"
        return Dataset(uri), uri
    parts = [expression(chance, depth - 1) for _ in range(chance.randrange(1, 4))]
    make, name = chance.choice(((DatasetAll, "all"), (DatasetAny, "any")))
    return make(*(part for part, _ in parts)), {name: [described for _, described in parts]}


def expressions(chance):
    for _ in range(60):
        condition, described = expression(chance, 3)
        for updated in ([], ["a"], ["b", "c"], ["a", "b", "d"], ["a", "b", "c", "d"]):
            uris = [f"s3://lake/{name}" for name in updated]
            # Airflow knows only what was updated; everything else has no entry.
            met = condition.evaluate(dict.fromkeys(uris, True))
            yield {"expression": described, "updated": uris, "met": bool(met)}


def intervals(chance):
    timetable = DatasetTriggeredTimetable(Dataset("s3://lake/a"))
    for count in (1, 1, 2, 3, 5, 8):
        events = []
        for _ in range(count):
            at, start = moment(chance), moment(chance)
            end = start.add(seconds=chance.randrange(86_400))
            run = SimpleNamespace(data_interval_start=start, data_interval_end=end)
            events.append(SimpleNamespace(timestamp=at, source_dag_run=chance.choice((run, None))))
        interval = timetable.data_interval_for_events(moment(chance), events)
        rows = []
        for event in events:
            run = event.source_dag_run
            of_run = {"start": text(run.data_interval_start), "end": text(run.data_interval_end)} if run else {}
            rows.append({"at": text(event.timestamp)} | of_run)
        yield {"events": rows, "start": text(interval.start), "end": text(interval.end)}


def main():
    logging.disable(logging.CRITICAL)
    chance = random.Random(20_240_112)
    tables, by_hand = [], []
    for timetable, described in schedules(chance):
        for catchup in (True, False, True, False):
            tables.append(described | runs(chance, timetable, catchup))
        by_hand.extend(described | manual(chance, timetable) for _ in range(4))
    recording = {
        "airflow": __version__,
        "about": ABOUT,
        "runs": tables,
        "manual": by_hand,
        "expressions": list(expressions(chance)),
        "intervals": list(intervals(chance)),
    }
    # One row a line: differences stay readable.
    lists = ("runs", "manual", "expressions", "intervals")
    head = [f' "{name}": {json.dumps(recording[name])}' for name in ("airflow", "about")]
    rows = [f' "{name}": [\n  ' + ",\n  ".join(map(json.dumps, recording[name])) + "\n ]" for name in lists]
    sys.stdout.write("{\n" + ",\n".join(head + rows) + "\n}\n")


if __name__ == "__main__":
    main()
