"""Timetables that do not follow the clock alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.authoring import assets
from updraft_airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable, Unscheduled


class NullTimetable(Unscheduled):
    """Never by itself: `schedule=None`."""

    description = "Never, external triggers only"

    @property
    def summary(self) -> str:
        return "None"

    def description_for_engine(self) -> dict[str, Any]:
        return {"type": "none"}


class OnceTimetable(Timetable):
    """Once, at the start date: `@once`."""

    description = "Once, as soon as possible"
    periodic = False

    @property
    def summary(self) -> str:
        return "@once"

    def infer_manual_data_interval(self, *, run_after: Any) -> DataInterval:
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        if last_automated_data_interval is not None:
            return None
        return DagRunInfo.exact(restriction.earliest or timezone.utcnow())

    def description_for_engine(self) -> dict[str, Any]:
        return {"type": "once"}


class ContinuousTimetable(Timetable):
    """One run after the other: `@continuous`."""

    description = "As frequently as possible while still obeying max_active_runs"
    active_runs_limit = 1

    @property
    def summary(self) -> str:
        return "@continuous"

    def infer_manual_data_interval(self, *, run_after: Any) -> DataInterval:
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        if restriction.earliest is None:
            return None
        now = timezone.coerce_datetime(timezone.utcnow())
        last = last_automated_data_interval
        start, end = (last.end, now) if last is not None else (restriction.earliest, max(restriction.earliest, now))
        return None if restriction.latest is not None and end > restriction.latest else DagRunInfo.interval(start, end)

    def description_for_engine(self) -> dict[str, Any]:
        return {"type": "continuous"}


class AssetTriggeredTimetable(Unscheduled):
    """When assets have been updated: `schedule=[asset]`."""

    description = "Triggered by assets"

    def __init__(self, assets_: Any) -> None:
        self.asset_condition = assets.condition(assets_)

    @property
    def summary(self) -> str:
        return "Asset"

    def serialize(self) -> dict[str, Any]:
        return {"asset_condition": self.asset_condition.as_expression()}

    def description_for_engine(self) -> dict[str, Any]:
        return {"type": "assets", "assets": assets.described(self.asset_condition)}


class AssetOrTimeSchedule(Timetable):
    """When assets have been updated, and beside that by the clock."""

    def __init__(self, *, timetable: Timetable, assets: Any = None, datasets: Any = None) -> None:
        from updraft_airflow.authoring.assets import condition

        self.timetable = timetable
        self.asset_condition = condition(datasets if assets is None else assets)
        self.description = f"Triggered by assets or {timetable.description}"
        self.periodic = timetable.periodic
        self.can_be_scheduled = True
        self.active_runs_limit = timetable.active_runs_limit

    @property
    def summary(self) -> str:
        return f"Asset or {self.timetable.summary}"

    def serialize(self) -> dict[str, Any]:
        return {"asset_condition": self.asset_condition.as_expression(), "timetable": encode(self.timetable)}

    def validate(self) -> None:
        self.timetable.validate()

    def infer_manual_data_interval(self, *, run_after: Any) -> DataInterval:
        return self.timetable.infer_manual_data_interval(run_after=run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        return self.timetable.next_dagrun_info(
            last_automated_data_interval=last_automated_data_interval, restriction=restriction
        )


def encode(timetable: Timetable) -> dict[str, Any]:
    """The class path of a timetable and what it takes to make it again."""
    from updraft_airflow.helpers import qualname

    return {"type": qualname(type(timetable)), "var": timetable.serialize()}


def is_condition(value: Any) -> bool:
    """Whether a schedule names assets."""
    if isinstance(value, assets.BaseAsset):
        return True
    plain = isinstance(value, Collection) and not isinstance(value, (str, bytes, dict, dt.timedelta))
    return plain and all(isinstance(item, assets.BaseAsset) for item in value)
