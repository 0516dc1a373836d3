"""Deadlines of runs, and what is called when one is missed. Airflow 3."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.helpers import qualname


class Callback:
    """A function with its arguments, called in a process of its own."""

    def __init__(self, callback_callable: Callable[..., Any] | str, kwargs: dict[str, Any] | None = None) -> None:
        self.function = None if isinstance(callback_callable, str) else callback_callable
        self.path = callback_callable if isinstance(callback_callable, str) else qualname(callback_callable)
        self.kwargs = kwargs or {}


class AsyncCallback(Callback):
    """One that the triggerer calls."""


class SyncCallback(Callback):
    """One that an executor calls."""

    def __init__(
        self,
        callback_callable: Callable[..., Any] | str,
        kwargs: dict[str, Any] | None = None,
        executor: str | None = None,
    ) -> None:
        super().__init__(callback_callable, kwargs)
        self.executor = executor


class Reference:
    """From when a deadline counts, as the engine reads it."""

    def __init__(self, described: Any) -> None:
        self.described = described


class DeadlineReference:
    """From when a deadline counts."""

    DAGRUN_LOGICAL_DATE = Reference("dagrun_logical_date")
    DAGRUN_QUEUED_AT = Reference("dagrun_queued_at")

    @staticmethod
    def FIXED_DATETIME(at: dt.datetime) -> Reference:
        """From that time."""
        return Reference({"fixed_datetime": timezone.instant(at)})

    @staticmethod
    def AVERAGE_RUNTIME(max_runs: int = 10, min_runs: int | None = None) -> Reference:
        """From when the run was queued, and as long after that as runs took before on average."""
        return Reference(
            {"average_runtime": {"max_runs": max_runs, "min_runs": max_runs if min_runs is None else min_runs}}
        )


class DeadlineAlert:
    """A deadline of a DAG's runs."""

    def __init__(self, reference: Reference, interval: dt.timedelta, callback: Callback) -> None:
        self.reference, self.interval, self.callback = reference, interval, callback

    def describe(self) -> dict[str, Any]:
        """As the engine reads it."""
        return {"reference": self.reference.described, "interval": self.interval.total_seconds()}
