"""What providers import from Airflow and what asks little of us."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import Any


class Stats:
    """Counters and timers that nobody reads: metrics come from the engine."""

    @staticmethod
    def incr(stat: str, count: int = 1, rate: float = 1, *, tags: dict[str, Any] | None = None, **_: Any) -> None:
        """Counts."""

    decr = incr

    @staticmethod
    def gauge(stat: str, value: float = 0, rate: float = 1, delta: bool = False, **_: Any) -> None:
        """Tells a value."""

    @staticmethod
    def timing(stat: str, dt: Any = None, *, tags: dict[str, Any] | None = None, **_: Any) -> None:
        """Tells how long something took."""

    @staticmethod
    @contextmanager
    def timer(*_: Any, **__: Any) -> Any:
        """Times a block."""
        yield


class ResumableJobMixin:
    """Marks operators whose work outside goes on while they are tried again; they are tried again as all others."""


class File:
    """A file, as lineage names it."""

    def __init__(self, url: str, **_: Any) -> None:
        self.url = url


class Table:
    """A table, as lineage names it."""

    def __init__(
        self, cluster: str | None = None, database: str | None = None, name: str | None = None, **_: Any
    ) -> None:
        self.cluster, self.database, self.name = cluster, database, name


def days_ago(n: int, hour: int = 0, minute: int = 0, second: int = 0, microsecond: int = 0) -> Any:
    """Midnight so many days ago, in UTC."""
    import datetime as dt

    from updraft_airflow import timezone

    today = timezone.utcnow().replace(hour=hour, minute=minute, second=second, microsecond=microsecond)
    return today - dt.timedelta(days=n)


cron_presets: dict[str, str] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}


def get_airflow_version() -> tuple[int, int, int]:
    """What providers are told of our version."""
    from airflow import __version__

    major, minor, patch = (int(part) for part in __version__.split("."))
    return major, minor, patch


def mkdirs(path: str, mode: int = 0o777) -> None:
    """Makes a folder and those above it."""
    os.makedirs(path, mode=mode, exist_ok=True)
