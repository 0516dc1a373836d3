"""From the schedule arguments of a DAG to its timetable."""

from __future__ import annotations

import datetime as dt
from typing import Any

from updraft_airflow.configuration import conf
from updraft_airflow.timetables.base import Timetable
from updraft_airflow.timetables.clock import (
    CronDataIntervalTimetable,
    CronTriggerTimetable,
    DeltaDataIntervalTimetable,
    DeltaTriggerTimetable,
)
from updraft_airflow.unset import is_arg_set


def choose(given: dict[str, Any], zone: dt.tzinfo, level: int) -> Timetable:
    """The timetable that `schedule`, `schedule_interval` or `timetable` say; only one of them can be given."""
    said = [given[name] for name in ("schedule", "schedule_interval") if is_arg_set(given[name])]
    schedules = [value for value in (*said, given["timetable"]) if value is not None] or said
    if len([value for value in schedules if value is not None]) > 1:
        raise ValueError("at most one of the arguments `schedule`, `schedule_interval` and `timetable` can be given")
    if schedules:
        return timetable_of(schedules[0], zone)
    if level == 2:
        return DeltaDataIntervalTimetable(dt.timedelta(days=1))
    return timetable_of(None, zone)


def timetable_of(schedule: Any, zone: dt.tzinfo) -> Timetable:
    """The timetable that a schedule means at the level of the file."""
    if isinstance(schedule, Timetable):
        return schedule
    if isinstance(schedule, str) and schedule not in ("@once", "@continuous"):
        return _cron(schedule, zone)
    if isinstance(schedule, dt.timedelta) or type(schedule).__name__ == "relativedelta":
        intervals = conf.getboolean("scheduler", "create_delta_data_intervals")
        return DeltaDataIntervalTimetable(schedule) if intervals else DeltaTriggerTimetable(schedule)
    from updraft_airflow.timetables import other

    if schedule is None:
        return other.NullTimetable()
    if schedule == "@once":
        return other.OnceTimetable()
    if schedule == "@continuous":
        return other.ContinuousTimetable()
    if other.is_condition(schedule):
        if not isinstance(schedule, other.assets.BaseAsset) and not list(schedule):
            return other.NullTimetable()
        return other.AssetTriggeredTimetable(schedule)
    raise ValueError(f"{schedule!r} is not a valid schedule.")


def _cron(schedule: str, zone: dt.tzinfo) -> Timetable:
    intervals = conf.getboolean("scheduler", "create_cron_data_intervals")
    if intervals:
        return CronDataIntervalTimetable(schedule, zone)
    return CronTriggerTimetable(schedule, timezone=zone)
