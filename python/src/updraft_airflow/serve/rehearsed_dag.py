"""The DAG file that a warm interpreter reads, and whose task it runs, before it takes orders."""

from datetime import datetime

from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

from airflow import DAG


def _nothing() -> None:
    pass


with DAG(
    "rehearsal", schedule="@daily", start_date=datetime(2024, 1, 1), default_args={"retries": 1}, tags=["a tag"]
) as dag:
    (
        PythonOperator(task_id="python", python_callable=_nothing)
        >> [
            BashOperator(task_id="bash", bash_command="echo {{ ds }}"),
            PythonOperator(task_id="more", python_callable=_nothing),
        ]
        >> PythonOperator(task_id="last", python_callable=_nothing)
    )
