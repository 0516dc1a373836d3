"""Operators, sensors and hooks of the http provider, against a server that the test starts."""

import datetime as dt

from airflow.decorators import task
from airflow.providers.http.hooks.http import HttpHook
from airflow.providers.http.operators.http import HttpOperator
from airflow.providers.http.sensors.http import HttpSensor

from airflow import DAG

with DAG("http", start_date=dt.datetime(2024, 1, 1), schedule=None, default_args={"http_conn_id": "server"}) as dag:
    ready = HttpSensor(task_id="ready", endpoint="ready", poke_interval=0.05, response_check=lambda r: r.text == "yes")
    by_reschedule = HttpSensor(task_id="by_reschedule", endpoint="later", poke_interval=0.05, mode="reschedule")
    get = HttpOperator(
        task_id="get",
        endpoint="echo/{{ ds }}",
        method="GET",
        data={"q": "a b"},
        headers={"X-Run": "{{ run_id }}"},
        response_filter=lambda response: response.json(),
        log_response=True,
    )
    post = HttpOperator(task_id="post", endpoint="echo", data='{"n": {{ ti.xcom_pull("get")["query"] | length }}}')
    pages = HttpOperator(
        task_id="pages",
        endpoint="pages",
        method="GET",
        pagination_function=lambda response: (
            {"data": {"page": response.json()["next"]}} if response.json()["next"] else None
        ),
        response_filter=lambda responses: [response.json()["page"] for response in responses],
    )
    deferred = HttpOperator(task_id="deferred", endpoint="echo", method="GET", deferrable=True, retries=0)
    waits = HttpSensor(task_id="waits", endpoint="ready", deferrable=True, poke_interval=0.05)
    refused = HttpOperator(task_id="refused", endpoint="teapot", method="GET")

    @task
    def by_hook():
        hook = HttpHook(method="GET", http_conn_id="server")
        assert hook.test_connection()[0]
        return hook.run("echo", headers={"X-Own": "1"}).json()["headers"]["X-Own"]

    ready >> by_reschedule >> get >> post >> [pages, deferred, waits, by_hook()]
    refused >> HttpOperator(task_id="never", endpoint="echo")
