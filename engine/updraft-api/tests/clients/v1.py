"""Airflow's own client of version 1 against a running server: `v1.py URL`, where admin/admin may log in and the DAG `talk` is known."""

import sys
import time

import airflow_client.client as airflow
from airflow_client.client.api import (
    connection_api,
    dag_api,
    dag_run_api,
    event_log_api,
    monitoring_api,
    pool_api,
    task_instance_api,
    variable_api,
    x_com_api,
)
from airflow_client.client.model.clear_dag_run import ClearDagRun
from airflow_client.client.model.clear_task_instances import ClearTaskInstances
from airflow_client.client.model.connection import Connection
from airflow_client.client.model.dag import DAG
from airflow_client.client.model.dag_run import DAGRun
from airflow_client.client.model.dag_state import DagState
from airflow_client.client.model.pool import Pool
from airflow_client.client.model.set_dag_run_note import SetDagRunNote
from airflow_client.client.model.update_dag_run_state import UpdateDagRunState
from airflow_client.client.model.variable import Variable


def refused(status, call, *args, **kwargs):
    """Expects that a call is refused with this status."""
    try:
        call(*args, **kwargs)
    except airflow.ApiException as error:
        assert error.status == status, error
    else:
        raise AssertionError(f"{call} was not refused")


def dag_lives(client):
    """A DAG is found, unpaused and run; its run is read, cleared, marked and deleted."""
    dags, runs = dag_api.DAGApi(client), dag_run_api.DAGRunApi(client)
    tasks = task_instance_api.TaskInstanceApi(client)
    known = {dag.dag_id for dag in dags.get_dags(limit=100, only_active=True).dags}
    assert "talk" in known, known
    assert dags.patch_dag("talk", DAG(is_paused=False)).is_paused is False
    made = runs.post_dag_run("talk", DAGRun(dag_run_id="by_client", conf={"x": 1}))
    assert made.state == DagState("queued"), made
    refused(409, runs.post_dag_run, "talk", DAGRun(dag_run_id="by_client"))
    until = time.monotonic() + 60
    while (run := runs.get_dag_run("talk", "by_client")).state != DagState("success"):
        assert time.monotonic() < until, run
        time.sleep(0.05)
    assert run.end_date >= run.start_date
    listed = runs.get_dag_runs("talk", state=["success"], order_by="-execution_date")
    assert listed.total_entries == 1, listed
    found = tasks.get_task_instances("talk", "by_client")
    assert {task.task_id for task in found.task_instances} == {"find", "leave"}, found
    assert tasks.get_task_instance("talk", "by_client", "leave").try_number == 1
    values = x_com_api.XComApi(client)
    left = values.get_xcom_entries("talk", "by_client", "leave").xcom_entries
    assert left, left
    value = values.get_xcom_entry("talk", "by_client", "leave", left[0].key)
    assert value.value is not None, value
    cleared = dags.post_clear_task_instances(
        "talk", ClearTaskInstances(dag_run_id="by_client", only_failed=False)
    )
    assert len(cleared.task_instances) == 2, cleared
    runs.set_dag_run_note("talk", "by_client", SetDagRunNote(note="seen"))
    assert runs.get_dag_run("talk", "by_client").note == "seen"
    planned = runs.clear_dag_run("talk", "by_client", ClearDagRun(dry_run=True))
    assert planned["total_entries"] == 2, planned
    runs.update_dag_run_state("talk", "by_client", UpdateDagRunState(state="failed"))
    runs.delete_dag_run("talk", "by_client")
    refused(404, runs.get_dag_run, "talk", "by_client")
    refused(404, dags.get_dag, "nothing")


def settings_live(client):
    """Variables, connections and pools are made, read, changed and deleted."""
    variables = variable_api.VariableApi(client)
    variables.post_variables(Variable(key="k", value="v"))
    assert variables.patch_variable("k", Variable(key="k", value="w")).value == "w"
    assert variables.get_variables().total_entries >= 1
    variables.delete_variable("k")
    refused(404, variables.get_variable, "k")
    connections = connection_api.ConnectionApi(client)
    connections.post_connection(
        Connection(connection_id="c", conn_type="http", password="secret")
    )
    changed = Connection(connection_id="c", conn_type="http", host="there")
    connections.patch_connection("c", changed, update_mask=["host"])
    assert connections.get_connection("c").host == "there"
    connections.delete_connection("c")
    pools = pool_api.PoolApi(client)
    pools.post_pool(Pool(name="p", slots=2))
    assert pools.patch_pool("p", Pool(slots=3), update_mask=["slots"]).open_slots == 3
    pools.delete_pool("p")
    told = event_log_api.EventLogApi(client).get_event_logs(order_by="-event_log_id")
    assert told.event_logs[0].event == "delete_pool", told


def main(url):
    """Goes through all of it."""
    wrong = airflow.Configuration(host=f"{url}/api/v1", username="admin", password="?")
    right = airflow.Configuration(
        host=f"{url}/api/v1", username="admin", password="admin"
    )
    with airflow.ApiClient(wrong) as client:
        refused(401, dag_api.DAGApi(client).get_dags)
        assert monitoring_api.MonitoringApi(client).get_version().version
    with airflow.ApiClient(right) as client:
        health = monitoring_api.MonitoringApi(client).get_health()
        assert health.metadatabase.status.value == "healthy", health
        dag_lives(client)
        settings_live(client)


if __name__ == "__main__":
    main(sys.argv[1])
