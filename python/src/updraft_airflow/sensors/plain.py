"""Sensors that call a function or run a command, and those that look at the clock or at files."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.exceptions import AirflowFailException
from updraft_airflow.helpers import determine_kwargs
from updraft_airflow.runtime.context import context_merge
from updraft_airflow.sensors.base import BaseSensorOperator, PokeReturnValue
from updraft_airflow.triggers.base import StartTriggerArgs
from updraft_airflow.weekday import WeekDay


class PythonSensor(BaseSensorOperator):
    """Waits until a function returns something true."""

    template_fields: Sequence[str] = ("templates_dict", "op_args", "op_kwargs")

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        templates_dict: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.python_callable = python_callable
        self.op_args: Any = list(op_args or [])
        self.op_kwargs: Any = dict(op_kwargs or {})
        self.templates_dict = templates_dict

    def poke(self, context: Any) -> PokeReturnValue | bool:
        context_merge(context, self.op_kwargs, templates_dict=self.templates_dict)
        kwargs = determine_kwargs(self.python_callable, self.op_args, context)
        value = self.python_callable(*self.op_args, **kwargs)
        return value if isinstance(value, PokeReturnValue) else bool(value)


class BashSensor(BaseSensorOperator):
    """Waits until a command ends with 0."""

    template_fields: Sequence[str] = ("bash_command", "env")

    def __init__(
        self,
        *,
        bash_command: str,
        env: dict[str, str] | None = None,
        output_encoding: str = "utf-8",
        retry_exit_code: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bash_command, self.env, self.output_encoding = bash_command, env, output_encoding
        self.retry_exit_code = retry_exit_code

    def poke(self, context: Any) -> bool:
        from updraft_airflow.connections.filesystem import SubprocessHook

        done = SubprocessHook().run_command(["bash", "-c", self.bash_command], self.env, self.output_encoding)
        if done.exit_code and self.retry_exit_code is not None and done.exit_code != self.retry_exit_code:
            raise AirflowFailException(f"Bash command exited with {done.exit_code}. Failing.")
        return done.exit_code == 0


class DateTimeSensor(BaseSensorOperator):
    """Waits until a time."""

    template_fields: Sequence[str] = ("target_time",)

    def __init__(self, *, target_time: str | dt.datetime, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(target_time, (str, dt.datetime)):
            raise TypeError(f"Expected str or datetime.datetime type for target_time. Got {type(target_time)}")
        self.target_time = target_time if isinstance(target_time, str) else target_time.isoformat()

    @property
    def _moment(self) -> dt.datetime:
        return timezone.parse(self.target_time)

    def poke(self, context: Any) -> bool:
        return timezone.utcnow() > self._moment


class DateTimeSensorAsync(DateTimeSensor):
    """The same without a process while it waits."""

    start_trigger_args = StartTriggerArgs(
        trigger_cls="airflow.providers.standard.triggers.temporal.DateTimeTrigger", next_method="execute_complete"
    )

    def __init__(self, *, start_from_trigger: bool = False, end_from_trigger: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.start_from_trigger, self.end_from_trigger = start_from_trigger, end_from_trigger

    def execute(self, context: Any) -> None:
        from updraft_airflow.triggers.temporal import DateTimeTrigger

        self.defer(trigger=DateTimeTrigger(moment=self._moment), method_name="execute_complete")

    def execute_complete(self, context: Any, event: Any = None) -> None:
        """Goes on when the time has come."""


class TimeSensor(BaseSensorOperator):
    """Waits until a time of day, in the zone of the DAG."""

    start_trigger_args = StartTriggerArgs(
        trigger_cls="airflow.providers.standard.triggers.temporal.DateTimeTrigger", next_method="execute_complete"
    )

    def __init__(
        self,
        *,
        target_time: dt.time,
        deferrable: bool = False,
        start_from_trigger: bool = False,
        end_from_trigger: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.target_time, self.deferrable, self.end_from_trigger = target_time, deferrable, end_from_trigger
        self.start_from_trigger = start_from_trigger

    @property
    def target_datetime(self) -> dt.datetime:
        """That time of today."""
        zone = self.dag.timezone if self.dag is not None else timezone.utc
        today = timezone.utcnow().astimezone(zone).date()
        aware = dt.datetime.combine(today, self.target_time)
        aware = aware if aware.tzinfo is not None else aware.replace(tzinfo=zone)
        return timezone.convert_to_utc(aware)

    def execute(self, context: Any) -> Any:
        if not self.deferrable:
            return super().execute(context)
        from updraft_airflow.triggers.temporal import DateTimeTrigger

        return self.defer(trigger=DateTimeTrigger(moment=self.target_datetime), method_name="execute_complete")

    def execute_complete(self, context: Any, event: Any = None) -> None:
        """Goes on when the time has come."""

    def poke(self, context: Any) -> bool:
        return timezone.utcnow() > self.target_datetime


class TimeSensorAsync(TimeSensor):
    """The same without a process while it waits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"deferrable": True, **kwargs})


class TimeDeltaSensor(BaseSensorOperator):
    """Waits so long after the end of the run's data interval, or after the run may start if it has none."""

    def __init__(
        self, *, delta: dt.timedelta, deferrable: bool = False, end_from_trigger: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.delta, self.deferrable, self.end_from_trigger = delta, deferrable, end_from_trigger

    def _target(self, context: Any) -> dt.datetime:
        base = context.get("data_interval_end") or context["dag_run"].run_after
        return base + self.delta

    def execute(self, context: Any) -> Any:
        if not self.deferrable or timezone.utcnow() > self._target(context):
            return super().execute(context)
        from updraft_airflow.triggers.temporal import DateTimeTrigger

        return self.defer(trigger=DateTimeTrigger(moment=self._target(context)), method_name="execute_complete")

    def execute_complete(self, context: Any, event: Any = None) -> None:
        """Goes on when the time has come."""

    def poke(self, context: Any) -> bool:
        return timezone.utcnow() > self._target(context)


class TimeDeltaSensorAsync(TimeDeltaSensor):
    """The same without a process while it waits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"deferrable": True, **kwargs})


class WaitSensor(BaseSensorOperator):
    """Waits so long after it has begun."""

    def __init__(self, *, time_to_wait: dt.timedelta | int, deferrable: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.deferrable = deferrable
        self.time_to_wait = dt.timedelta(minutes=time_to_wait) if isinstance(time_to_wait, int) else time_to_wait

    def execute(self, context: Any) -> Any:
        import time

        from updraft_airflow.triggers.temporal import TimeDeltaTrigger

        if self.deferrable:
            return self.defer(trigger=TimeDeltaTrigger(self.time_to_wait), method_name="execute_complete")
        time.sleep(int(self.time_to_wait.total_seconds()))
        return None

    def execute_complete(self, context: Any, event: Any = None) -> None:
        """Goes on when the time has come."""


class DayOfWeekSensor(BaseSensorOperator):
    """Waits until a day of the week."""

    def __init__(
        self, *, week_day: Any, use_task_logical_date: bool = False, use_task_execution_day: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.week_day: str | Iterable[Any] | WeekDay = week_day
        self.use_task_logical_date = use_task_logical_date or use_task_execution_day
        self._week_day_num = WeekDay.validate_week_day(week_day)

    def poke(self, context: Any) -> bool:
        day = context["logical_date"] if self.use_task_logical_date else timezone.utcnow()
        return day.isoweekday() in self._week_day_num


class FileSensor(BaseSensorOperator):
    """Waits until a file is there, or a folder that holds one."""

    template_fields: Sequence[str] = ("filepath",)
    ui_color = "#91818a"
    start_trigger_args = StartTriggerArgs(
        trigger_cls="airflow.providers.standard.triggers.file.FileTrigger", next_method="execute_complete"
    )

    def __init__(
        self,
        *,
        filepath: str | Path,
        fs_conn_id: str = "fs_default",
        recursive: bool = False,
        deferrable: bool = False,
        start_from_trigger: bool = False,
        trigger_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filepath, self.fs_conn_id, self.recursive = str(filepath), fs_conn_id, recursive
        self.deferrable, self.start_from_trigger = deferrable, start_from_trigger

    @property
    def path(self) -> str:
        """The whole path: that of the connection, and the file's."""
        from updraft_airflow.connections.filesystem import FSHook
        from updraft_airflow.exceptions import AirflowNotFoundException

        try:
            base = FSHook(self.fs_conn_id).get_path()
        except AirflowNotFoundException:
            if self.fs_conn_id != FSHook.default_conn_name:
                raise
            base = "/"
        return os.path.join(base, self.filepath)

    def poke(self, context: Any) -> bool:
        for path in glob(self.path, recursive=self.recursive):
            if os.path.isfile(path):
                self.log.info("Found File %s", path)
                return True
            if any(files for _, _, files in os.walk(path)):
                return True
        return False

    def execute(self, context: Any) -> Any:
        if not self.deferrable or self.poke(context):
            return None if self.deferrable else super().execute(context)
        from updraft_airflow.triggers.file import FileTrigger

        return self.defer(
            trigger=FileTrigger(filepath=self.path, recursive=self.recursive, poke_interval=self.poke_interval),
            method_name="execute_complete",
            timeout=dt.timedelta(seconds=self.timeout),
        )

    def execute_complete(self, context: Any, event: Any = None) -> None:
        """Goes on when the file is there."""
        if not event:
            raise AirflowFailException(f"{self.task_id} task failed as {self.filepath} not found.")
