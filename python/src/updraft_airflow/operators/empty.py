"""Operators that do next to nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.authoring.operator import BaseOperator
from updraft_airflow.exceptions import AirflowException
from updraft_airflow.operators.skip import BaseBranchOperator
from updraft_airflow.weekday import WeekDay


class EmptyOperator(BaseOperator):
    """Does nothing: a place in the graph."""

    ui_color = "#e8f7e4"
    inherits_from_empty_operator = True

    def execute(self, context: Any) -> None:
        """Does nothing."""


class LatestOnlyOperator(BaseBranchOperator):
    """Skips what comes after it in all scheduled runs but the latest. A manual run is never skipped."""

    ui_color = "#e9ffdb"

    def choose_branch(self, context: Any) -> str | Iterable[str]:
        run = context["dag_run"]
        if str(run.run_type) == "manual" or getattr(run, "external_trigger", False):
            self.log.info("Manually triggered run: allowing execution to proceed.")
            return list(context["task"].get_direct_relative_ids(upstream=False))
        now = timezone.utcnow()
        window = self._window(context)
        if window is not None and window[0] < now <= window[1]:
            return list(context["task"].get_direct_relative_ids(upstream=False))
        self.log.info("Not latest execution, skipping downstream.")
        return []

    def _window(self, context: Any) -> tuple[dt.datetime, dt.datetime] | None:
        from updraft_airflow.timetables.base import DataInterval, TimeRestriction

        dag, run = context["dag"], context["dag_run"]
        interval = DataInterval(run.data_interval_start, run.data_interval_end)
        info = dag.timetable.next_dagrun_info(
            last_automated_data_interval=interval, restriction=TimeRestriction(None, None, catchup=True)
        )
        return None if info is None else (interval.end, info.run_after)


def target_times_as_dates(base_date: dt.datetime, lower: Any, upper: Any) -> tuple[Any, Any]:
    """Times of day as times of that day."""
    lower, upper = (
        dt.datetime.combine(base_date, limit).replace(tzinfo=base_date.tzinfo) if isinstance(limit, dt.time) else limit
        for limit in (lower, upper)
    )
    if isinstance(lower, dt.datetime) and isinstance(upper, dt.datetime) and upper < lower:
        upper += dt.timedelta(days=1)
    return lower, upper


class BranchDateTimeOperator(BaseBranchOperator):
    """Chooses by whether it is between two times."""

    def __init__(
        self,
        *,
        follow_task_ids_if_true: str | Iterable[str],
        follow_task_ids_if_false: str | Iterable[str],
        target_lower: dt.datetime | dt.time | None,
        target_upper: dt.datetime | dt.time | None,
        use_task_logical_date: bool = False,
        use_task_execution_date: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if target_lower is None and target_upper is None:
            raise AirflowException("Both target_upper and target_lower are None. At least one must be a time")
        self.target_lower, self.target_upper = target_lower, target_upper
        self.follow_task_ids_if_true, self.follow_task_ids_if_false = follow_task_ids_if_true, follow_task_ids_if_false
        self.use_task_logical_date = use_task_logical_date or use_task_execution_date

    def choose_branch(self, context: Any) -> str | Iterable[str]:
        now = context.get("logical_date") if self.use_task_logical_date else None
        now = timezone.coerce_datetime(now or timezone.utcnow())
        lower, upper = target_times_as_dates(now, self.target_lower, self.target_upper)
        lower, upper = (timezone.coerce_datetime(limit) for limit in (lower, upper))
        outside = (upper is not None and upper < now) or (lower is not None and lower > now)
        return self.follow_task_ids_if_false if outside else self.follow_task_ids_if_true


class BranchDayOfWeekOperator(BaseBranchOperator):
    """Chooses by the day of the week."""

    def __init__(
        self,
        *,
        follow_task_ids_if_true: str | Iterable[str],
        follow_task_ids_if_false: str | Iterable[str],
        week_day: Any,
        use_task_logical_date: bool = False,
        use_task_execution_day: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.follow_task_ids_if_true, self.follow_task_ids_if_false = follow_task_ids_if_true, follow_task_ids_if_false
        self.week_day = week_day
        self.use_task_logical_date = use_task_logical_date or use_task_execution_day
        self._week_day_num = WeekDay.validate_week_day(week_day)

    def choose_branch(self, context: Any) -> str | Iterable[str]:
        day = context.get("logical_date") if self.use_task_logical_date else None
        today = (day or timezone.utcnow()).isoweekday()
        return self.follow_task_ids_if_true if today in self._week_day_num else self.follow_task_ids_if_false
