"""Operators, sensors and hooks that speak SQL, against the database of the connection `db`."""

import datetime as dt
import os

from airflow.decorators import task
from airflow.hooks.base import BaseHook
from airflow.providers.common.sql.operators.sql import (
    BranchSQLOperator,
    SQLCheckOperator,
    SQLColumnCheckOperator,
    SQLExecuteQueryOperator,
    SQLTableCheckOperator,
    SQLThresholdCheckOperator,
    SQLValueCheckOperator,
)
from airflow.providers.common.sql.sensors.sql import SqlSensor

from airflow import DAG

PLACE = "?" if os.environ["DATABASE"] == "sqlite" else "%s"

with DAG(
    "sql",
    start_date=dt.datetime(2024, 1, 1),
    schedule=None,
    default_args={"conn_id": "db"},
    template_searchpath=[os.path.dirname(__file__)],
) as dag:
    make = SQLExecuteQueryOperator(
        task_id="make",
        sql=["CREATE TABLE people (name TEXT, age INTEGER)", "INSERT INTO people VALUES ('ann', 7)"],
        autocommit=True,
    )
    fill = SQLExecuteQueryOperator(
        task_id="fill", sql=f"INSERT INTO people VALUES ({PLACE}, {PLACE})", parameters=["{{ ds }}", 40]
    )
    from_file = SQLExecuteQueryOperator(task_id="from_file", sql="people.sql", params={"least": 5})
    several = SQLExecuteQueryOperator(
        task_id="several",
        sql="SELECT count(*) FROM people; SELECT max(age) FROM people",
        split_statements=True,
        return_last=False,
    )
    there = SqlSensor(task_id="there", sql="SELECT count(*) FROM people WHERE age > 30", poke_interval=0.05)
    right = SQLCheckOperator(task_id="right", sql="SELECT count(*), min(age) FROM people")
    value = SQLValueCheckOperator(task_id="value", sql="SELECT max(age) FROM people", pass_value=42, tolerance=0.1)
    between = SQLThresholdCheckOperator(
        task_id="between", sql="SELECT avg(age) FROM people", min_threshold=1, max_threshold=30
    )
    columns = SQLColumnCheckOperator(
        task_id="columns",
        table="people",
        column_mapping={"age": {"min": {"geq_to": 7}, "null_check": {"equal_to": 0}}},
    )
    table = SQLTableCheckOperator(
        task_id="table", table="people", checks={"grown": {"check_statement": "max(age) >= 40"}}
    )
    wrong = SQLCheckOperator(task_id="wrong", sql="SELECT 0")
    branch = BranchSQLOperator(
        task_id="branch", sql="SELECT 1", follow_task_ids_if_true="yes", follow_task_ids_if_false="no"
    )
    branch >> [
        SQLExecuteQueryOperator(task_id="yes", sql="SELECT 'yes'", show_return_value_in_logs=True),
        SQLExecuteQueryOperator(task_id="no", sql="SELECT 'no'"),
    ]
    mapped = SQLExecuteQueryOperator.partial(task_id="mapped").expand(sql=["SELECT 1", "SELECT 2"])

    @task
    def by_hook():
        hook = BaseHook.get_hook("db")
        hook.insert_rows("people", [("bob", 3), ("eve", 4)], target_fields=["name", "age"])
        assert hook.test_connection()[0]
        found = hook.get_records("SELECT name FROM people WHERE age < 5 ORDER BY name")
        return [type(hook).__name__, [name for (name,) in found], hook.get_first("SELECT count(*) FROM people")[0]]

    @task.sql(conn_id="db")
    def decorated():
        return "SELECT max(age) FROM people"

    checks = [right, value, between, columns, table, several, there, mapped, decorated()]
    make >> fill >> from_file >> checks >> by_hook()
    from_file >> [wrong, branch]
