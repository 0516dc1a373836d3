"""Airflow's own client of version 2 against a running server: `v2.py URL`, where admin/admin may log in and the DAG `talk` is known."""

import json
import sys
import time
import urllib.request

import airflow_client.client as airflow
from airflow_client.client.exceptions import ApiException


def token(url, username, password):
    """A token for a name and a password."""
    body = json.dumps({"username": username, "password": password}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/auth/token", body, headers)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 201
        return json.load(answer)["access_token"]


def refused(status, call, *args, **kwargs):
    """Expects that a call is refused with this status."""
    try:
        call(*args, **kwargs)
    except ApiException as error:
        assert error.status == status, error
    else:
        raise AssertionError(f"{call} was not refused")


def dag_lives(client):
    """A DAG is read, unpaused and run; its run is read, marked and deleted."""
    dags, runs = airflow.DAGApi(client), airflow.DagRunApi(client)
    dags.patch_dag("talk", airflow.DAGPatchBody(is_paused=False))
    assert dags.get_dag("talk").is_paused is False
    asked = airflow.TriggerDAGRunPostBody(dag_run_id="by_client", logical_date=None)
    made = runs.trigger_dag_run("talk", asked)
    assert made.state == "queued", made
    refused(409, runs.trigger_dag_run, "talk", asked)
    until = time.monotonic() + 60
    while (run := runs.get_dag_run("talk", "by_client")).state != "success":
        assert time.monotonic() < until, run
        time.sleep(0.05)
    assert run.duration > 0 and run.dag_versions, run
    note = airflow.DAGRunPatchBody(state="failed", note="seen")
    patched = runs.patch_dag_run("talk", "by_client", note)
    assert patched.note == "seen", patched
    runs.delete_dag_run("talk", "by_client")
    refused(404, runs.get_dag_run, "talk", "by_client")


def settings_live(client):
    """Variables, connections and pools are made, read, changed and deleted."""
    variables = airflow.VariableApi(client)
    variables.post_variable(airflow.VariableBody(key="k", value={"x": 1}))
    assert variables.get_variable("k").value == '{"x":1}'
    refused(409, variables.post_variable, airflow.VariableBody(key="k", value="v"))
    variables.patch_variable("k", airflow.VariableBody(key="k", value="w"))
    assert variables.get_variables(variable_key_pattern="k").total_entries == 1
    variables.delete_variable("k")
    connections = airflow.ConnectionApi(client)
    body = airflow.ConnectionBody(connection_id="c", conn_type="http", password="s")
    assert connections.post_connection(body).password == "***"
    connections.delete_connection("c")
    pools = airflow.PoolApi(client)
    pools.post_pool(airflow.PoolBody(name="p", slots=2))
    patched = pools.patch_pool("p", airflow.PoolPatchBody(slots=3))
    assert patched.open_slots == 3, patched
    pools.delete_pool("p")
    refused(404, pools.get_pool, "p")


def main(url):
    """Goes through all of it."""
    configuration = airflow.Configuration(host=url)
    with airflow.ApiClient(configuration) as client:
        assert airflow.VersionApi(client).get_version().version
        assert airflow.MonitorApi(client).get_health().metadatabase.status == "healthy"
        refused(401, airflow.PoolApi(client).get_pools)
    configuration.access_token = token(url, "admin", "admin")
    with airflow.ApiClient(configuration) as client:
        dag_lives(client)
        settings_live(client)


if __name__ == "__main__":
    main(sys.argv[1])
