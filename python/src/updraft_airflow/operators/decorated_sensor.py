"""`@task.sensor`."""

from __future__ import annotations

from collections.abc import Sequence

from updraft_airflow.operators.decorated import CallingOperator, variant
from updraft_airflow.sensors.plain import PythonSensor


class SensorDecoratedOperator(CallingOperator, PythonSensor):
    """`@task.sensor`: the function says whether it is there."""

    template_fields: Sequence[str] = ("op_args", "op_kwargs", "templates_dict")
    custom_operator_name = "@task.sensor"


sensor_task = variant(SensorDecoratedOperator)
