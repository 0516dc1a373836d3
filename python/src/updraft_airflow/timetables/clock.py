"""Timetables that follow the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.timetables import cron
from updraft_airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable, seconds

Zone = Any


def as_zone(value: Zone) -> dt.tzinfo:
    """A zone, or the one of that name."""
    return timezone.parse_timezone(value) if isinstance(value, str) else value


class _Cron(Timetable):
    """By a cron expression, in a zone."""

    def __init__(self, cron: str, timezone: Zone) -> None:
        self._expression = cron
        self._timezone = as_zone(timezone)

    @property
    def summary(self) -> str:
        return self._expression

    @property
    def expression(self) -> str:
        """The expression as it is written."""
        return self._expression

    def validate(self) -> None:
        cron.read(self._expression)

    def serialize(self) -> dict[str, Any]:
        return {"expression": self._expression, "timezone": timezone.zone_name(self._timezone)}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        return cls(data["expression"], data["timezone"])

    def _next(self, at: dt.datetime, *, including: bool = False) -> dt.datetime:
        return cron.step(self._expression, self._timezone, at, forward=True, including=including)

    def _before(self, at: dt.datetime, *, including: bool = False) -> dt.datetime:
        return cron.step(self._expression, self._timezone, at, forward=False, including=including)


class CronDataIntervalTimetable(_Cron):
    """A run is about the span between two matches, and starts at its end."""

    def infer_manual_data_interval(self, *, run_after: dt.datetime) -> DataInterval:
        end = self._before(run_after, including=True)
        return DataInterval(timezone.coerce_datetime(self._before(end)), timezone.coerce_datetime(end))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        start = _start_of_interval(self, last_automated_data_interval, restriction)
        if start is None:
            return None
        start = self._next(start, including=True)
        return _within(DagRunInfo.interval(start, self._next(start)), start, restriction)

    def description_for_engine(self) -> dict[str, Any]:
        return {"type": "cron", "expression": self._expression, "kind": "data_interval"}


class CronTriggerTimetable(_Cron):
    """A run starts at a match, which is also its logical date; its span is as long as `interval`, and ends there."""

    def __init__(
        self,
        cron: str,
        *,
        timezone: Zone,
        interval: dt.timedelta = dt.timedelta(),
        run_immediately: bool | dt.timedelta = False,
    ) -> None:
        super().__init__(cron, timezone)
        self._interval = interval
        self._run_immediately = run_immediately

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        return cls(
            data["expression"], timezone=data["timezone"], interval=dt.timedelta(seconds=data.get("interval", 0))
        )

    def serialize(self) -> dict[str, Any]:
        return {**super().serialize(), "interval": self._interval.total_seconds()}

    def infer_manual_data_interval(self, *, run_after: dt.datetime) -> DataInterval:
        if not self._interval:
            return DataInterval.exact(timezone.coerce_datetime(run_after))
        return DataInterval(timezone.coerce_datetime(run_after - self._interval), timezone.coerce_datetime(run_after))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        last = last_automated_data_interval
        if last is not None and restriction.catchup:
            at = self._next(last.end)
        else:
            start = _no_earlier(
                restriction, None if restriction.catchup else self._before(timezone.utcnow(), including=True)
            )
            if last is not None:
                start = max(start, self._next(last.end)) if start is not None else self._next(last.end)
            if start is None:
                return None
            at = self._next(start, including=True)
        return _within(DagRunInfo(at, DataInterval(at - self._interval, at)), at, restriction)

    def description_for_engine(self) -> dict[str, Any] | None:
        if self._interval:
            return None
        return {"type": "cron", "expression": self._expression, "kind": "trigger"}


class MultipleCronTriggerTimetable(Timetable):
    """A run starts at each match of any of several expressions."""

    def __init__(
        self,
        *crons: str,
        timezone: Zone,
        interval: dt.timedelta = dt.timedelta(),
        run_immediately: bool | dt.timedelta = False,
    ) -> None:
        if not crons:
            raise ValueError("cron expression required")
        self._parts = [CronTriggerTimetable(text, timezone=timezone, interval=interval) for text in crons]
        self._interval, self._run_immediately = interval, run_immediately
        self._timezone = as_zone(timezone)

    @property
    def summary(self) -> str:
        return ", ".join(part.expression for part in self._parts)

    def validate(self) -> None:
        for part in self._parts:
            part.validate()

    def serialize(self) -> dict[str, Any]:
        return {
            "expressions": [part.expression for part in self._parts],
            "timezone": timezone.zone_name(self._timezone),
            "interval": self._interval.total_seconds(),
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        interval = dt.timedelta(seconds=data.get("interval", 0))
        return cls(*data["expressions"], timezone=data["timezone"], interval=interval)

    def infer_manual_data_interval(self, *, run_after: dt.datetime) -> DataInterval:
        return self._parts[0].infer_manual_data_interval(run_after=run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        infos = [
            part.next_dagrun_info(last_automated_data_interval=last_automated_data_interval, restriction=restriction)
            for part in self._parts
        ]
        return min((info for info in infos if info is not None), key=lambda info: info.run_after, default=None)

    def description_for_engine(self) -> dict[str, Any] | None:
        if self._interval:
            return None
        return {"type": "crons", "expressions": [part.expression for part in self._parts]}


class _Delta(Timetable):
    """Every so often."""

    def __init__(self, delta: Any) -> None:
        self._delta = delta

    @property
    def summary(self) -> str:
        return str(self._delta)

    def validate(self) -> None:
        at = timezone.utcnow()
        if at + self._delta <= at:
            from updraft_airflow.exceptions import AirflowTimetableInvalid

            raise AirflowTimetableInvalid(f"schedule interval must be positive, not {self._delta}")

    def serialize(self) -> dict[str, Any]:
        if isinstance(self._delta, dt.timedelta):
            return {"delta": self._delta.total_seconds()}
        return {"delta": _parts(self._delta)}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        return cls(_delta_of(data))

    def _described(self, kind: str) -> dict[str, Any] | None:
        if not isinstance(self._delta, dt.timedelta):
            return None
        return {"type": "delta", "delta": seconds(self._delta), "kind": kind}


def _parts(delta: Any) -> dict[str, Any]:
    """What a `relativedelta` is made with. Of what it adds, zero is nothing; of what it sets, midnight is something."""
    parts = {name: value for name, value in vars(delta).items() if not name.startswith("_") and value is not None}
    parts = {name: value for name, value in parts.items() if value or not name.endswith("s")}
    if "weekday" in parts:
        parts["weekday"] = [parts["weekday"].weekday, parts["weekday"].n]
    return parts


def _delta_of(data: dict[str, Any]) -> Any:
    """The span of time that was written down."""
    parts = data["delta"]
    if not isinstance(parts, dict):
        return dt.timedelta(seconds=parts)
    from dateutil.relativedelta import relativedelta, weekday

    given: dict[str, Any] = {name: weekday(*value) if name == "weekday" else value for name, value in parts.items()}
    return relativedelta(**given)


class DeltaDataIntervalTimetable(_Delta):
    """A run is about a span of that length, and starts at its end."""

    def infer_manual_data_interval(self, *, run_after: dt.datetime) -> DataInterval:
        return DataInterval(timezone.coerce_datetime(run_after - self._delta), timezone.coerce_datetime(run_after))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        start = _start_of_interval(self, last_automated_data_interval, restriction)
        if start is None:
            return None
        return _within(DagRunInfo.interval(start, start + self._delta), start, restriction)

    def _before(self, at: dt.datetime, *, including: bool = False) -> dt.datetime:
        return at - self._delta

    def description_for_engine(self) -> dict[str, Any] | None:
        return self._described("data_interval")


class DeltaTriggerTimetable(_Delta):
    """A run starts so long after the one before; its moment is its logical date."""

    def __init__(self, delta: Any, *, interval: dt.timedelta = dt.timedelta()) -> None:
        super().__init__(delta)
        self._interval = interval

    def serialize(self) -> dict[str, Any]:
        return {**super().serialize(), **({"interval": self._interval.total_seconds()} if self._interval else {})}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        return cls(_delta_of(data), interval=dt.timedelta(seconds=data.get("interval", 0)))

    def infer_manual_data_interval(self, *, run_after: dt.datetime) -> DataInterval:
        return DataInterval(timezone.coerce_datetime(run_after - self._interval), timezone.coerce_datetime(run_after))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        last = last_automated_data_interval
        at = last.end + self._delta if last is not None else _no_earlier(restriction, None)
        if at is None:
            return None
        while not restriction.catchup and at + self._delta <= timezone.utcnow():
            at += self._delta
        return _within(DagRunInfo(at, DataInterval(at - self._interval, at)), at, restriction)

    def description_for_engine(self) -> dict[str, Any] | None:
        return None if self._interval else self._described("trigger")


class EventsTimetable(Timetable):
    """A run at each of a list of moments."""

    def __init__(
        self,
        event_dates: Iterable[dt.datetime],
        restrict_to_events: bool = False,
        presorted: bool = False,
        description: str | None = None,
    ) -> None:
        dates = [timezone.coerce_datetime(date) for date in event_dates]
        self.event_dates: list[Any] = dates if presorted else sorted(dates)
        self.restrict_to_events = restrict_to_events
        self.description = description or f"{len(self.event_dates)} events"

    @property
    def summary(self) -> str:
        return self.description

    def serialize(self) -> dict[str, Any]:
        return {
            "event_dates": [date.isoformat() for date in self.event_dates],
            "restrict_to_events": self.restrict_to_events,
            "description": self.description,
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        dates = [timezone.parse(text) for text in data["event_dates"]]
        return cls(dates, data["restrict_to_events"], presorted=True, description=data.get("description"))

    def infer_manual_data_interval(self, *, run_after: dt.datetime) -> DataInterval:
        if not self.restrict_to_events or not self.event_dates:
            return DataInterval.exact(timezone.coerce_datetime(run_after))
        past = [date for date in self.event_dates if date <= run_after]
        return DataInterval.exact(past[-1] if past else self.event_dates[0])

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        last = last_automated_data_interval
        earliest = _no_earlier(restriction, None if restriction.catchup or last is not None else timezone.utcnow())
        for date in self.event_dates:
            if (last is None or date > last.end) and (earliest is None or date >= earliest):
                return _within(DagRunInfo.exact(date), date, restriction)
        return None

    def description_for_engine(self) -> dict[str, Any]:
        dates = [timezone.instant(date) for date in self.event_dates]
        told = {"restrict_to_events": self.restrict_to_events, "description": self.description}
        return {"type": "events", "dates": dates, **told}


def _no_earlier(restriction: TimeRestriction, other: dt.datetime | None) -> dt.datetime | None:
    dates = [date for date in (restriction.earliest, other) if date is not None]
    return max(dates) if dates else None


def _start_of_interval(timetable: Any, last: DataInterval | None, restriction: TimeRestriction) -> dt.datetime | None:
    """Where the next span begins; without catchup at the last one that is over."""
    start = last.end if last is not None else restriction.earliest
    if start is None or restriction.catchup:
        return start
    latest = timetable._before(timetable._before(timezone.utcnow(), including=True))
    return max(start, latest)


def _within(info: DagRunInfo, at: dt.datetime, restriction: TimeRestriction) -> DagRunInfo | None:
    return None if restriction.latest is not None and at > restriction.latest else info
