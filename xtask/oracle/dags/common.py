"""What the DAGs of all rules share: imports of both generations, a decorator that makes a DAG of a function, and a way to tell things."""

from __future__ import annotations

import datetime as dt
import json
import os

from airflow.decorators import task, task_group
from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from airflow import DAG

LEVEL = int(os.environ.get("LEVEL", "2"))
if LEVEL == 2:
    from airflow.models.baseoperator import BaseOperator, chain, cross_downstream
    from airflow.models.param import Param
    from airflow.operators.bash import BashOperator
    from airflow.operators.datetime import BranchDateTimeOperator
    from airflow.operators.empty import EmptyOperator
    from airflow.operators.latest_only import LatestOnlyOperator
    from airflow.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
    from airflow.operators.weekday import BranchDayOfWeekOperator
    from airflow.sensors.base import BaseSensorOperator, PokeReturnValue
    from airflow.sensors.date_time import DateTimeSensor, DateTimeSensorAsync
    from airflow.sensors.filesystem import FileSensor
    from airflow.sensors.python import PythonSensor
    from airflow.utils.edgemodifier import Label
    from airflow.utils.task_group import TaskGroup
else:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.datetime import BranchDateTimeOperator
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.providers.standard.operators.latest_only import LatestOnlyOperator
    from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
    from airflow.providers.standard.operators.weekday import BranchDayOfWeekOperator
    from airflow.providers.standard.sensors.date_time import DateTimeSensor, DateTimeSensorAsync
    from airflow.providers.standard.sensors.filesystem import FileSensor
    from airflow.providers.standard.sensors.python import PythonSensor
    from airflow.sdk import (
        BaseOperator,
        BaseSensorOperator,
        Label,
        Param,
        PokeReturnValue,
        TaskGroup,
        chain,
        cross_downstream,
    )

__all__ = [
    "DAG", "LEVEL", "START", "AirflowException", "AirflowFailException", "AirflowSkipException", "BaseOperator",
    "BaseSensorOperator", "BashOperator", "BranchDateTimeOperator", "BranchDayOfWeekOperator", "BranchPythonOperator",
    "DateTimeSensor", "DateTimeSensorAsync", "EmptyOperator", "FileSensor", "Label", "LatestOnlyOperator", "Param",
    "PokeReturnValue", "PythonOperator", "PythonSensor", "ShortCircuitOperator", "Show", "TaskGroup", "chain",
    "cross_downstream", "does", "dt", "fails", "rule", "shown", "skips", "task", "task_group", "tell", "told",
]  # fmt: skip

START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)


def rule(**options):
    """A DAG whose tasks the function makes; its id is the function's name, so each DAG is named after the rule that it is about."""

    def make(function):
        with DAG(function.__name__, **{"start_date": START, "schedule": None, "catchup": False, **options}) as dag:
            function()
        return dag

    return make


def shown(value):
    """A value as JSON, with its type where JSON would hide it."""
    if value is None or isinstance(value, (bool, str)) or type(value) in (int, float):
        return value
    if isinstance(value, dict):
        return {str(key): shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
        kind = next(kind for kind in (list, tuple, set, frozenset) if isinstance(value, kind))
        return [shown(item) for item in items] if kind is list else {kind.__name__: [shown(item) for item in items]}
    if isinstance(value, dt.datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, dt.timedelta):
        return {"timedelta": value.total_seconds()}
    return f"<{type(value).__name__}>"


def tell(*what):
    """Writes something down; a task may do that in a process of its own."""
    with open(os.environ["ANSWERS"], "a", encoding="utf-8") as file:
        file.write(json.dumps([shown(one) for one in what]) + "\n")


def told(name):
    """A callback that tells its name and what its context says of how it came to be called."""

    def callback(context):
        exception = context.get("exception")
        reason = context.get("reason")
        tell(name, type(exception).__name__ if exception is not None else None, str(reason) if reason else None)

    callback.__name__ = name
    return callback


class Show(BaseOperator):
    """Tells what its template has become."""

    template_fields = ("value",)
    template_ext = (".sql",)

    def __init__(self, *, value, **kwargs):
        super().__init__(**kwargs)
        self.value = value

    def execute(self, context):
        tell(self.task_id, self.value)


def does():
    """Does nothing."""


def fails():
    """Fails."""
    raise AirflowException("no")


def skips():
    """Skips itself."""
    raise AirflowSkipException("no")
