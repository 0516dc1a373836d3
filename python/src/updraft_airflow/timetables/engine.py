"""A timetable as the engine reads it: one of its own schedules where that is exactly the same, else a class that it asks."""

from __future__ import annotations

import json
from typing import Any

from updraft_airflow.helpers import qualname
from updraft_airflow.timetables.base import Timetable
from updraft_airflow.timetables.other import AssetOrTimeSchedule, AssetTriggeredTimetable

_OURS = __name__.rpartition(".")[0] + "."


def describe(timetable: Timetable) -> dict[str, Any]:
    """The schedule."""
    if isinstance(timetable, AssetTriggeredTimetable):
        return timetable.description_for_engine()
    if isinstance(timetable, AssetOrTimeSchedule):
        from updraft_airflow.authoring import assets

        return {
            "type": "assets_or_time",
            "assets": assets.described(timetable.asset_condition),
            "time": describe(timetable.timetable),
        }
    # A class that derives from one of ours may do something else.
    is_ours = type(timetable).__module__.startswith(_OURS)
    return (timetable.description_for_engine() if is_ours else None) or _custom(timetable)


def by_time(timetable: Timetable) -> Timetable:
    """The part that follows the clock: the engine asks that one."""
    return timetable.timetable if isinstance(timetable, AssetOrTimeSchedule) else timetable


def identity(timetable: Timetable) -> dict[str, Any]:
    """What names the timetable: its class, and what it was made with."""
    path, made_with = qualname(type(timetable)), timetable.serialize()
    try:
        parameters = json.loads(json.dumps(made_with))
    except (TypeError, ValueError) as error:
        raise ValueError(f"`serialize` of the timetable `{path}` returns what JSON does not have: {error}") from error
    if not isinstance(parameters, dict):
        raise ValueError(f"`serialize` of the timetable `{path}` returns {made_with!r} and not a dict")
    return {"class_path": path, "parameters": parameters}


def _custom(timetable: Timetable) -> dict[str, Any]:
    return {
        "type": "custom",
        **identity(timetable),
        "summary": str(timetable.summary),
        "description": str(timetable.description or ""),
        "periodic": bool(timetable.periodic),
        "can_be_scheduled": bool(timetable.can_be_scheduled),
        "active_runs_limit": timetable.active_runs_limit,
    }
