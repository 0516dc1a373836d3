"""What every timetable can do; classes of one's own derive from `Timetable`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple


class DataInterval(NamedTuple):
    """The span of time that a run is about."""

    start: Any
    end: Any

    @classmethod
    def exact(cls, at: Any) -> DataInterval:
        """A span of no length."""
        return cls(start=at, end=at)


class TimeRestriction(NamedTuple):
    """Between which dates runs may lie, and whether all of them are made."""

    earliest: Any
    latest: Any
    catchup: bool


class DagRunInfo(NamedTuple):
    """A run that is to be: not before when, and about what time."""

    run_after: Any
    data_interval: Any

    @classmethod
    def exact(cls, at: Any) -> DagRunInfo:
        """A run at a moment."""
        return cls(run_after=at, data_interval=DataInterval.exact(at))

    @classmethod
    def interval(cls, start: Any, end: Any) -> DagRunInfo:
        """A run about a span, at its end."""
        return cls(run_after=end, data_interval=DataInterval(start, end))

    @property
    def logical_date(self) -> Any:
        """The beginning of its span."""
        return self.data_interval.start


class Timetable:
    """When a DAG runs."""

    description: str = ""
    periodic: bool = True
    can_be_scheduled: bool = True
    run_ordering: Sequence[str] = ("data_interval_end", "logical_date")
    active_runs_limit: int | None = None
    asset_condition: Any = None

    @property
    def _can_be_scheduled(self) -> bool:
        return self.can_be_scheduled

    @property
    def summary(self) -> str:
        """A word for lists."""
        return type(self).__name__

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        """Made of what `serialize` has written."""
        return cls(**data) if data else cls()

    def serialize(self) -> dict[str, Any]:
        """What it takes to make it again."""
        return {}

    def validate(self) -> None:
        """Raises if it cannot be used."""

    def infer_manual_data_interval(self, *, run_after: Any) -> DataInterval:
        """What a run that somebody triggers is about."""
        raise NotImplementedError

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The run that comes after the last one."""
        raise NotImplementedError

    def generate_run_id(
        self, *, run_type: Any, run_after: Any = None, data_interval: DataInterval | None = None, **extra: Any
    ) -> str:
        """The id of a run."""
        date = extra.get("logical_date") or run_after
        return f"{run_type}__{date.isoformat()}"

    def description_for_engine(self) -> dict[str, Any] | None:
        """The schedule as the engine reads it; `None` if it has no such one."""
        return None

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.serialize() == other.serialize()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(type(self))


class Unscheduled(Timetable):
    """Runs only when somebody or something triggers it."""

    periodic = False
    can_be_scheduled = False

    def infer_manual_data_interval(self, *, run_after: Any) -> DataInterval:
        return DataInterval.exact(run_after)

    def next_dagrun_info(self, *, last_automated_data_interval: Any, restriction: Any) -> DagRunInfo | None:
        return None


def seconds(value: dt.timedelta) -> float:
    """A duration as the engine reads it."""
    return value.total_seconds()
