"""Days of the week."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any


class WeekDay(IntEnum):
    """The days, from Monday with 1 to Sunday with 7."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7

    @classmethod
    def get_weekday_number(cls, week_day_str: str) -> int:
        """The number of the day of that name."""
        name = week_day_str.upper()
        if name not in cls.__members__:
            raise AttributeError(f'Invalid Week Day passed: "{week_day_str}"')
        return cls[name]

    @classmethod
    def convert(cls, day: str | WeekDay) -> int:
        """The number of a day."""
        return cls.get_weekday_number(day) if isinstance(day, str) else day

    @classmethod
    def validate_week_day(cls, week_day: Any) -> set[int]:
        """The numbers of one day or several."""
        if not isinstance(week_day, Iterable) and not isinstance(week_day, WeekDay):
            raise TypeError(f"Unsupported Type for week_day parameter: {type(week_day)}")
        days = {week_day} if isinstance(week_day, (str, WeekDay)) else set(week_day)
        return {cls.convert(day) for day in days}
