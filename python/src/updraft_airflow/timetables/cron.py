"""Cron expressions, for runs in this process; the engine has its own, complete reading of them.

Known are five fields, or six with seconds last, with lists, ranges (also wrapping ones), steps, names, `?`, `L` as day of the
month, `#` and the presets. A day must match the day of the month *or* the day of the week if both are given.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple

from updraft_airflow.exceptions import AirflowTimetableInvalid

PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}

_MONTHS = {
    name: at
    for at, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_DAYS = {name: at for at, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
_LIMITS = ((0, 59, {}), (0, 23, {}), (1, 31, {}), (1, 12, _MONTHS), (0, 7, _DAYS), (0, 59, {}))
_SEARCH_DAYS = 366 * 50


class Expression(NamedTuple):
    """An expression, read."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    seconds: frozenset[int]
    last_day: bool
    nth: frozenset[tuple[int, int]]

    def has_day(self, day: dt.date) -> bool:
        """Whether it comes true on that day."""
        if day.month not in self.months:
            return False
        if self.days is None and self.weekdays is None:
            return True
        weekday = day.isoweekday() % 7
        last = self.last_day and (day + dt.timedelta(days=1)).day == 1
        of_month = self.days is not None and (day.day in self.days or last)
        of_week = self.weekdays is not None and (
            weekday in self.weekdays or (weekday, (day.day - 1) // 7 + 1) in self.nth
        )
        return of_month or of_week

    def times(self) -> list[dt.time]:
        """When it comes true on such a day."""
        return [
            dt.time(h, m, s) for h in sorted(self.hours) for m in sorted(self.minutes) for s in sorted(self.seconds)
        ]


@cache
def read(text: str) -> Expression:
    """Reads an expression or preset. Raises if it is none."""
    fields = PRESETS.get(text.strip().lower(), text).lower().split()
    if len(fields) not in (5, 6):
        raise AirflowTimetableInvalid(f"[{text}] is no cron expression: it has {len(fields)} fields, not 5 or 6")
    try:
        minutes, hours, _, months, _ = (_field(field, place) for place, field in enumerate(fields[:5]))
        days = (
            None
            if fields[2] in ("*", "?")
            else _field(fields[2].replace("l", "31") if fields[2] == "l" else fields[2], 2)
        )
        plain = [part for part in fields[4].split(",") if "#" not in part]
        nth = [part.split("#") for part in fields[4].split(",") if "#" in part]
        weekdays = None if fields[4] in ("*", "?") else frozenset(day % 7 for part in plain for day in _field(part, 4))
        return Expression(
            minutes,
            hours,
            frozenset() if fields[2] == "l" else days,
            months,
            weekdays,
            _field(fields[5], 5) if len(fields) == 6 else frozenset([0]),
            fields[2] == "l",
            frozenset((_number(day, 4) % 7, int(which)) for day, which in nth),
        )
    except ValueError as error:
        raise AirflowTimetableInvalid(f"[{text}] is no cron expression: {error}") from None


def _field(text: str, place: int) -> frozenset[int]:
    low, high, _ = _LIMITS[place]
    found: set[int] = set()
    for part in text.split(","):
        if place in (2, 4) and (part == "l" or "#" in part):
            continue
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        elif "-" in span:
            first, last = (_number(end, place) for end in span.split("-", 1))
        else:
            first = _number(span, place)
            last = high if step else first
        width = int(step) if step else 1
        if width < 1:
            raise ValueError(f"`{part}` has no step")
        if first <= last:
            found.update(range(first, last + 1, width))
        else:
            size = high - low + 1
            found.update(low + (value - low) % size for value in range(first, last + size + 1, width))
    return frozenset(found)


def _number(text: str, place: int) -> int:
    low, high, names = _LIMITS[place]
    value = names[text] if text in names else int(text)
    if not low <= value <= high:
        raise ValueError(f"`{text}` is not between {low} and {high}")
    return value


def step(text: str, zone: dt.tzinfo, at: dt.datetime, *, forward: bool, including: bool = False) -> dt.datetime:
    """The next match after a moment, or the last one before it; the moment itself counts if it is to be included."""
    expression = read(text)
    local = at.astimezone(zone)
    times = expression.times() if forward else expression.times()[::-1]
    day = local.date()
    for _ in range(_SEARCH_DAYS):
        if expression.has_day(day):
            for time in times:
                match = dt.datetime.combine(day, time, tzinfo=zone).replace(fold=1).astimezone(dt.timezone.utc)
                beyond = match > at if forward else match < at
                if beyond or (including and match == at):
                    return match
        day += dt.timedelta(days=1 if forward else -1)
    raise AirflowTimetableInvalid(f"[{text}] never comes true")
