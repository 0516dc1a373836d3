"""`BaseSensorOperator`: tasks that wait until something is there."""

from __future__ import annotations

import datetime as dt
import functools
import time
from typing import Any

from updraft_airflow import compat, timezone
from updraft_airflow.authoring.operator import BaseOperator
from updraft_airflow.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
    TaskDeferralError,
)


class PokeReturnValue:
    """Whether it is there, and what to leave as an XCom."""

    def __init__(self, is_done: bool, xcom_value: Any = None) -> None:
        self.is_done, self.xcom_value = is_done, xcom_value

    def __bool__(self) -> bool:
        return self.is_done


class BaseSensorOperator(BaseOperator):
    """A sensor of one's own is a class of this with a `poke(self, context)` that says whether it is there.

    In mode `poke` the process waits between two looks; in mode `reschedule` the task gives its slot back meanwhile.
    """

    ui_color = "#e6f1f2"
    valid_modes = ("poke", "reschedule")

    def __init__(
        self,
        *,
        poke_interval: dt.timedelta | float = 60,
        timeout: dt.timedelta | float | None = None,
        soft_fail: bool = False,
        mode: str = "poke",
        exponential_backoff: bool = False,
        max_wait: dt.timedelta | float | None = None,
        silent_fail: bool = False,
        never_fail: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.poke_interval = _seconds(poke_interval, "poke_interval")
        self.timeout = _default_timeout() if timeout is None else _seconds(timeout, "timeout")
        self.max_wait = None if max_wait is None else _seconds(max_wait, "max_wait")
        self.soft_fail, self.silent_fail, self.never_fail = soft_fail, silent_fail, never_fail
        self.mode = mode
        self.exponential_backoff = exponential_backoff
        if soft_fail and never_fail:
            raise ValueError("soft_fail and never_fail are mutually exclusive, you can not provide both.")
        if mode not in self.valid_modes:
            raise compat.wrong(f"The mode must be one of {list(self.valid_modes)}, received '{mode}'.", ValueError)

    @property
    def reschedule(self) -> bool:
        """Whether it gives its slot back between two looks."""
        return self.mode == "reschedule"

    def poke(self, context: Any) -> bool | PokeReturnValue:
        """Whether it is there."""
        raise NotImplementedError("Override me.")

    def execute(self, context: Any) -> Any:
        started = self._started(context)
        looks = 1
        while True:
            result = self._look(context)
            if result:
                self.log.info("Success criteria met. Exiting.")
                return result.xcom_value if isinstance(result, PokeReturnValue) else None
            waited = (timezone.utcnow() - started).total_seconds()
            if waited > self.timeout:
                self._time_out(waited)
            wait = self._next_wait(looks, context)
            if self.reschedule:
                raise AirflowRescheduleException(timezone.utcnow() + dt.timedelta(seconds=wait))
            time.sleep(wait)
            looks += 1

    def _started(self, context: Any) -> dt.datetime:
        from updraft_airflow.runtime import messages
        from updraft_airflow.runtime.supervisor import ask

        ti = context["ti"]
        if self.reschedule:
            answer = ask(messages.GetTaskRescheduleStartDate(ti_id=str(ti.id), try_number=ti.try_number))
            if isinstance(answer, messages.DateResult) and answer.start_date is not None:
                return answer.start_date
        return timezone.utcnow()

    def _look(self, context: Any) -> bool | PokeReturnValue:
        try:
            return self.poke(context)
        except (AirflowSensorTimeout, AirflowTaskTimeout, AirflowFailException):
            if self.soft_fail:
                raise AirflowSkipException("Skipping due to soft_fail is set to True.") from None
            raise
        except AirflowSkipException:
            raise
        except Exception as error:
            if self.silent_fail:
                self.log.exception("Sensor poke failed")
                return False
            if self.never_fail:
                raise AirflowSkipException("Skipping due to never_fail is set to True.") from error
            raise

    def _time_out(self, waited: float) -> None:
        message = (
            f"Sensor has timed out; run duration of {waited} seconds exceeds the specified timeout of {self.timeout}."
        )
        if self.soft_fail:
            raise AirflowSkipException(message)
        if self.never_fail:
            raise AirflowSkipException(message)
        raise AirflowSensorTimeout(message)

    def _next_wait(self, looks: int, context: Any) -> float:
        """The wait after so many looks: growing, and spread by a hash, if it is to back off."""
        import hashlib

        wait = self.poke_interval
        if self.exponential_backoff:
            least = max(int(self.poke_interval * 2 ** (looks - 2)), 1)
            told = f"{self.dag_id}#{self.task_id}#{context.get('run_id')}#{looks}"
            spread = int(hashlib.sha1(told.encode(), usedforsecurity=False).hexdigest(), 16)
            wait = least + spread % least
        return wait if self.max_wait is None else min(self.max_wait, wait)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except (AirflowException, TaskDeferralError) as error:
            if self.soft_fail and not isinstance(error, AirflowSkipException):
                raise AirflowSkipException(str(error)) from error
            raise


def poke_mode_only(cls: type[Any]) -> type[Any]:
    """Refuses the mode `reschedule` for a class of sensors."""
    before = cls.__init__

    @functools.wraps(before)
    def construct(self: Any, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("mode", "poke") != "poke":
            raise ValueError(f"Cannot set mode to '{kwargs['mode']}'. Only 'poke' is acceptable")
        before(self, *args, **kwargs)

    cls.__init__ = construct
    return cls


def _seconds(value: Any, name: str) -> float:
    seconds = value.total_seconds() if isinstance(value, dt.timedelta) else value
    if not isinstance(seconds, (int, float)) or seconds < 0:
        raise compat.wrong(
            f"`{name}` must be a non-negative number of seconds or a timedelta, not {value!r}", ValueError
        )
    return seconds


def _default_timeout() -> float:
    from updraft_airflow.configuration import conf

    return conf.getfloat("sensors", "default_timeout")
