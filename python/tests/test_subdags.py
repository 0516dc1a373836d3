"""`SubDagOperator` of Airflow 2: a DAG as a task of another one."""

import pytest
from airflow.exceptions import AirflowException, AirflowSkipException
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
from airflow.operators.subdag import SkippedStatePropagationOptions, SubDagOperator
from airflow.operators.subdag_operator import SubDagOperator as OldSubDagOperator

from conftest import states
from updraft_airflow.exceptions import ErrorType
from updraft_airflow.runtime import messages

FILE = """
import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.operators.subdag_operator import SubDagOperator

def section():
    inside = DAG("d.part", start_date=datetime.datetime(2024, 1, 1), schedule_interval="@daily")
    EmptyOperator(task_id="a", dag=inside)
    return inside

with DAG("d", start_date=datetime.datetime(2024, 1, 1), schedule_interval="@daily") as dag:
    SubDagOperator(task_id="part", subdag=section())
"""


def nested(make_dag, work, **options):
    """A DAG with a sub-DAG of one task between two others, and its run."""
    inside = make_dag("d.part")
    PythonOperator(task_id="work", python_callable=work, dag=inside)
    with make_dag() as dag:
        part = SubDagOperator(task_id="part", subdag=inside, poke_interval=0, **options)
        EmptyOperator(task_id="before") >> part >> EmptyOperator(task_id="after")
    return dag, inside


def test_a_sub_dag_is_described_beside_its_parent_and_runs_for_it_alone(parse):
    data = {one.data["dag_id"]: one.data for one in parse(FILE).descriptions}
    assert list(data) == ["d", "d.part"]
    assert data["d.part"]["schedule"] == {"type": "none"}
    assert data["d.part"]["is_paused_upon_creation"] is False
    assert data["d"]["schedule"] != {"type": "none"}


def test_it_runs_with_the_date_and_the_id_of_its_parent_run(make_dag):
    seen = []
    dag, _ = nested(
        make_dag,
        lambda **context: seen.append((context["run_id"], context["ds"], context["params"]["x"])),
        conf={"x": 1},
    )
    run = dag.test()
    assert states(run) == {"before": "success", "part": "success", "after": "success"}
    assert seen == [(run.run_id, str(run.logical_date.date()), 1)]


def test_it_fails_with_its_sub_dag(make_dag):
    dag, _ = nested(make_dag, lambda: 1 / 0)
    assert states(dag.test()) == {"before": "success", "part": "failed", "after": "upstream_failed"}


@pytest.mark.parametrize("option", SkippedStatePropagationOptions)
def test_it_hands_on_that_the_last_tasks_were_skipped(make_dag, option):
    def skip():
        raise AirflowSkipException

    dag, _ = nested(make_dag, skip, propagate_skipped_state=option)
    assert states(dag.test()) == {"before": "success", "part": "success", "after": "skipped"}
    dag, inside = nested(make_dag, skip, propagate_skipped_state=option)
    EmptyOperator(task_id="other", dag=inside)
    one = option == SkippedStatePropagationOptions.ANY_LEAF
    assert states(dag.test())["after"] == ("skipped" if one else "success")


@pytest.mark.parametrize(
    ("state", "try_number", "again"),
    [("failed", 1, True), ("failed", 2, True), ("success", 2, True), ("success", 1, False), ("running", 2, False)],
)
def test_a_run_that_there_is_already_runs_again_if_it_failed_or_its_task_was_cleared(
    make_dag, monkeypatch, state, try_number, again
):
    dag, _ = nested(make_dag, lambda: None)
    asked = []

    def answer(request):
        asked.append(request)
        if isinstance(request, messages.TriggerDagRun) and not request.reset_dag_run:
            return messages.ErrorResponse(ErrorType.DAGRUN_ALREADY_EXISTS)
        if isinstance(request, messages.GetDagRunState):
            return messages.DagRunStateResult(state)
        return messages.OKResponse()

    monkeypatch.setattr("updraft_airflow.operators.subdag.ask", answer)
    from updraft_airflow.exceptions import TaskDeferred
    from updraft_airflow.runtime.dag_test import TestRequest, make_run
    from updraft_airflow.runtime.instances import TaskInstance

    run = make_run(dag, TestRequest())
    ti = TaskInstance(dag.get_task("part"), run)
    ti.try_number = try_number
    with pytest.raises(TaskDeferred):
        dag.get_task("part").execute({"ti": ti, "dag_run": run})
    assert [one.reset_dag_run for one in asked if isinstance(one, messages.TriggerDagRun)] == [False, *([True] * again)]


def test_it_must_be_called_after_its_task(make_dag):
    assert OldSubDagOperator is SubDagOperator
    with make_dag(), pytest.raises(AirflowException, match="Expected 'd.part'; received 'other'"):
        SubDagOperator(task_id="part", subdag=make_dag("other"))
    with pytest.raises(AirflowException, match="`dag` param"):
        SubDagOperator(task_id="part", subdag=make_dag("d.part"))
