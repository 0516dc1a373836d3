# updraft: compat=3
"""DAGs in the dialect of Airflow 3."""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.sdk import (
    DAG,
    Asset,
    AsyncCallback,
    DeadlineAlert,
    DeadlineReference,
    Param,
    TaskGroup,
    TriggerRule,
    asset,
    chain,
    dag,
    task,
)
from dateutil.relativedelta import relativedelta

ORDERS = Asset("orders", "s3://lake/orders", group="sales")


async def alert(**kwargs):
    pass


@dag(
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    fail_fast=True,
    deadline=[
        DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, timedelta(hours=1), AsyncCallback(alert)),
        DeadlineAlert(DeadlineReference.AVERAGE_RUNTIME(5), timedelta(minutes=5), AsyncCallback(alert)),
        DeadlineAlert(DeadlineReference.FIXED_DATETIME(datetime(2025, 1, 1)), timedelta(0), AsyncCallback(alert)),
    ],
    params={"needed": Param("x", type="string")},
)
def daily():
    @task(retries=2, inlets=[ORDERS], outlets=[Asset("plain")])
    def one(data_interval_start=None):
        return {"a": 1}

    @task.branch
    def choose(value):
        return "g.two"

    with TaskGroup("g") as group:
        two = EmptyOperator(task_id="two")
    chain(choose(one()), group)
    two >> TriggerDagRunOperator(task_id="next", trigger_dag_id="undated")
    ExternalTaskSensor(
        task_id="wait", external_dag_id="undated", external_task_id="t", ignore_first_depends_on_past=False
    )


daily()

with DAG("undated", schedule=None) as undated:
    EmptyOperator(task_id="a") >> TaskGroup("empty") >> EmptyOperator(task_id="t", on_execute_callback=print)

with DAG("hourly", schedule=timedelta(hours=1), start_date=datetime(2024, 1, 1)) as hourly:
    EmptyOperator(task_id="t", trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)


with DAG("monthly", schedule=relativedelta(months=1), start_date=datetime(2024, 1, 31)) as monthly:
    EmptyOperator(task_id="t")


@asset(schedule=[ORDERS])
def report(self, context):
    pass
