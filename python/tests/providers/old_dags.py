"""Operators by names that providers have removed."""

import datetime as dt
import os

from airflow.operators.python import PythonOperator

from airflow import DAG

OLD = {
    "sqlite": "airflow.providers.sqlite.operators.sqlite.SqliteOperator",
    "postgres": "airflow.providers.postgres.operators.postgres.PostgresOperator",
}
DATABASE = os.environ["DATABASE"]
module, _, name = OLD[DATABASE].rpartition(".")
Operator = getattr(__import__(module, fromlist=[name]), name)

with DAG("old", start_date=dt.datetime(2024, 1, 1), schedule=None, default_args={f"{DATABASE}_conn_id": "db"}) as dag:
    ask = Operator(task_id="ask", sql="SELECT {{ params.n }}", params={"n": 3}, autocommit=True)
    ask >> PythonOperator(task_id="tell", python_callable=lambda ti: ti.xcom_pull("ask"))
