"""DAGs in the dialect of Airflow 2."""

from datetime import datetime, timedelta

import pendulum
from airflow.datasets import DatasetAlias
from airflow.decorators import dag, setup, task, task_group, teardown
from airflow.models.param import Param
from airflow.operators.bash import BashOperator
from airflow.operators.dummy_operator import DummyOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python_operator import BranchPythonOperator, PythonOperator
from airflow.sensors.filesystem import FileSensor
from airflow.timetables.datasets import DatasetOrTimeSchedule
from airflow.timetables.events import EventsTimetable
from airflow.timetables.trigger import CronTriggerTimetable, MultipleCronTriggerTimetable
from airflow.utils.edgemodifier import Label
from airflow.utils.task_group import TaskGroup
from airflow.utils.trigger_rule import TriggerRule

from airflow import DAG, Dataset

START = datetime(2024, 1, 1)
ORDERS = Dataset("s3://lake/orders", extra={"owner": "sales"})


def call(**context):
    return "load.count"


with DAG(
    "everything",
    description="one of each",
    schedule_interval="0 */6 * * *",
    start_date=datetime(2024, 1, 1, tzinfo=pendulum.timezone("Europe/Berlin")),
    end_date=datetime(2030, 1, 1),
    catchup=False,
    concurrency=4,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    tags=["b", "a"],
    default_args={
        "owner": "data",
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "email": "a@example.com; b@example.com",
        "email_on_retry": False,
        "depends_on_past": True,
    },
    params={"size": Param(3, type="integer", minimum=1, description="how many"), "name": "x"},
    on_failure_callback=call,
    sla_miss_callback=call,
    doc_md="# Everything",
    is_paused_upon_creation=True,
) as everything:
    begin = DummyOperator(task_id="begin")
    branch = BranchPythonOperator(task_id="branch", python_callable=call, provide_context=True)
    with TaskGroup("load", tooltip="loads") as load:
        count = BashOperator(
            task_id="count",
            bash_command="echo {{ params.size }}",
            execution_timeout=timedelta(minutes=30),
            retry_exponential_backoff=True,
            max_retry_delay=600,
            pool="small",
            pool_slots=2,
            priority_weight=7,
            weight_rule="absolute",
            queue="q",
            sla=timedelta(hours=1),
            outlets=[ORDERS, DatasetAlias("some")],
        )
        store = PythonOperator(
            task_id="store",
            python_callable=call,
            op_args=[count.output],
            on_success_callback=call,
            trigger_rule="dummy",
        )
    end = EmptyOperator(task_id="end", trigger_rule=TriggerRule.NONE_FAILED_OR_SKIPPED, wait_for_downstream=True)
    begin >> Label("go") >> branch >> [load, end]
    load >> end
    FileSensor(task_id="file", filepath="/tmp/x", mode="reschedule", task_concurrency=1, doc_md="waits") >> begin


@dag(start_date=START, schedule=timedelta(hours=1))
def mapped(limit: int = 2):
    """Maps over things."""

    @task
    def numbers() -> list:
        return [1, 2, 3]

    @task(max_active_tis_per_dagrun=2, map_index_template="{{ n }}")
    def double(n, m=1):
        return n * 2

    @task_group
    def each(n):
        double.override(task_id="inside")(n)

    @setup
    def make():
        pass

    @teardown(on_failure_fail_dagrun=True)
    def drop():
        pass

    found = numbers()
    made = make()
    doubled = double.partial(m=2).expand(n=found.map(str).map(int))
    each.expand(n=found)
    BashOperator.partial(task_id="bash").expand(bash_command=["echo 1", "echo 2"], env=[{"x": "1"}])
    double.override(task_id="kwargs").expand_kwargs(found.zip(found, fillvalue=0).map(dict))
    double.override(task_id="concat").expand(n=found.concat(doubled))
    made >> doubled >> drop().as_teardown(setups=made)


mapped()

DAGS = [
    DAG("default_schedule", start_date=START),
    DAG("never", start_date=START, schedule=None),
    DAG("once", start_date=START, schedule="@once"),
    DAG("continuous", start_date=START, schedule="@continuous"),
    DAG("on_assets", start_date=START, schedule=[ORDERS, Dataset("x")]),
    DAG("on_any", start_date=START, schedule=(ORDERS | Dataset("x")) & Dataset("y")),
    DAG(
        "or_time",
        start_date=START,
        schedule=DatasetOrTimeSchedule(timetable=CronTriggerTimetable("0 1 * * *", timezone="UTC"), datasets=[ORDERS]),
    ),
    DAG(
        "crons",
        start_date=START,
        schedule=MultipleCronTriggerTimetable("0 1 * * *", "0 7 * * 1", timezone="Asia/Tokyo"),
    ),
    DAG("events", start_date=START, schedule=EventsTimetable(event_dates=[pendulum.datetime(2024, 5, 1)])),
]
for one in DAGS:
    globals()[one.dag_id] = one
