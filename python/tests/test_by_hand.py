"""The commands that run DAGs and tasks by hand."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from updraft_airflow.runtime import messages
from updraft_airflow.runtime.supervisor import Nobody, supervised_by

SOURCE = str(Path(__file__).parents[1] / "src")

FILE = """
import os
from datetime import datetime, timedelta
from airflow import DAG
from airflow.decorators import task
from airflow.exceptions import AirflowSkipException
from airflow.models import Variable
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.sensors.python import PythonSensor
from airflow.sensors.date_time import DateTimeSensorAsync
from airflow.utils.trigger_rule import TriggerRule
import beside

def fail(): raise ValueError("no")
def skip(): raise AirflowSkipException("not now")
def show(ds, params, dag_run, test_mode, ti, **_):
    print("SHOWN", ds, params["x"], dag_run.conf, test_mode, ti.try_number, Variable.get("v", default_var="none"))
looks = []
def look():
    looks.append(1)
    return len(looks) > 1
def called(context): print("CALLED BACK")

with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1), params={"x": 1}):
    shows = PythonOperator(task_id="shows", python_callable=show, retries=2)
    bash = BashOperator(task_id="bash", bash_command="echo {{ ds }}\\necho {{ params.x }}", env={"K": "{{ var.value.api_token }}"})
    fails = PythonOperator(task_id="fails", python_callable=fail, on_failure_callback=called, retries=3)
    PythonOperator(task_id="skips", python_callable=skip, on_success_callback=called)
    PythonSensor(task_id="looks", python_callable=look, mode="reschedule", poke_interval=0.01)
    DateTimeSensorAsync(task_id="defers", target_time=datetime.now().astimezone() + timedelta(seconds=0.5))
    @task
    def double(x): return x * 2
    double.expand(x=[3, 4])
    shows >> fails

with DAG("good", schedule=None, start_date=datetime(2024, 1, 1), params={"x": 1}):
    PythonOperator(task_id="a", python_callable=show) >> PythonOperator(task_id="marked", python_callable=fail)
"""


@pytest.fixture
def dags(tmp_path):
    folder = tmp_path / "dags"
    folder.mkdir()
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "beside.py").write_text("")
    (folder / "dags.py").write_text(FILE)
    (folder / "a_hurts.py").write_text("# airflow dag 'd'\nimport os; os._exit(0)\n")
    (folder / "broken.py").write_text("import airflow, nothing_such  # dag\n")
    return folder


def run(dags, *arguments, **env):
    home = {"AIRFLOW_HOME": str(dags.parent), "AIRFLOW_VAR_API_TOKEN": "very-secret", "PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-m", "updraft_airflow", *map(str, arguments)],
        capture_output=True, text=True, check=False, cwd=dags.parent,
        env={"PYTHONPATH": SOURCE, "PYTHONDONTWRITEBYTECODE": "1", **home, **env},
    )  # fmt: skip


def test_a_dag_is_found_in_a_folder_and_run_and_its_end_is_the_exit_code(dags):
    done = run(dags, "test-dag", dags, "good", "2024-05-01", "--conf", '{"x": 7}', "--mark-success-pattern", "mark.*")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SHOWN 2024-05-01 7 {'x': 7} False 1 none" in done.stdout
    assert "[DAG TEST] starting task_id=a map_index=-1" in done.stdout
    assert "Marking success for marked" in done.stdout
    assert "Marking run <DagRun good @ 2024-05-01" in done.stdout
    failed = run(dags, "test-dag", dags / "dags.py", "good")
    assert (failed.returncode, failed.stderr) == (1, "DagRun failed\n")
    assert "ValueError: no" in failed.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("test-dag", "dags", "none"), "Dag 'none' could not be found; either it does not exist or it failed to parse."),
        (("test-dag", "dags", "none"), "nothing_such"),
        (("test-dag", "elsewhere", "d"), "there is no"),
        (("test-dag", "dags", "good", "someday"), "`someday` is no date"),
        (("test-dag", "dags", "good", "--conf", "x"), "Configuration 'x' is not valid JSON"),
        (("test-dag", "dags", "good", "--conf", "[1]"), "is no JSON object"),
        (("test-dag", "dags", "good", "--mark-success-pattern", "("), "no regular expression"),
        (("test-task", "d", "none"), "has no task `none`"),
        (("test-task", "d", "double"), "No map_index passed to mapped task"),
        (("test-task", "d", "shows", "--map-index", "1"), "map_index passed to non-mapped task"),
        (("test-task", "d", "double", "--map-index", "2"), "has 2 copies"),
    ],
)  # fmt: skip
def test_what_is_not_there_or_not_understood_is_said(dags, arguments, words):
    done = run(dags, *arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_task_runs_alone_once_and_calls_nobody_back(dags):
    shown = run(dags, "test-task", "d", "shows", "2024-05-01", "--task-params", '{"x": 5}', AIRFLOW_VAR_V="value")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "SHOWN 2024-05-01 5 {} True 1 value" in shown.stdout
    failed = run(dags, "test-task", "d", "fails")
    assert failed.returncode == 1
    assert failed.stdout.count("ValueError: no") == 1
    skipped = run(dags, "test-task", "d", "skips")
    assert skipped.returncode == 0
    assert "CALLED BACK" not in failed.stdout + skipped.stdout
    assert run(dags, "test-task", "d", "looks").returncode == 0
    deferred = run(dags, "test-task", "d", "defers")
    assert (deferred.returncode, "[TASK TEST] running trigger in line" in deferred.stdout) == (0, True)
    copy = run(dags, "test-task", "d", "double", "--map-index", "1", "-S", dags / "dags.py")
    assert copy.returncode == 0, copy.stdout + copy.stderr


def test_templates_are_printed_as_airflow_prints_them_and_secrets_are_hidden(dags):
    done = run(dags, "render-task", "d", "bash", "2024-05-01")
    rule = "# " + "-" * 58
    first, second = done.stdout.split(f"\n\n{rule}")[:2]
    assert first == f"{rule}\n# property: bash_command\n{rule}\necho 2024-05-01\necho 1"
    assert second.startswith(f"\n# property: env\n{rule}\n{{'K': '***'}}"), done.stderr
    mapped = run(dags, "render-task", "d", "double", "2024-05-01", "--map-index", "1")
    assert "(4,)" in mapped.stdout or "{'x': 4}" in mapped.stdout, mapped.stdout + mapped.stderr


class Store(Nobody):
    """Stands for an engine that is asked by a socket."""

    def ask(self, request):
        if isinstance(request, messages.GetVariable) and request.key == "v":
            return messages.VariableResult("v", json.dumps([1]))
        return super().ask(request)


def test_variables_that_are_not_in_this_process_are_asked_of_whoever_supervises_it(make_dag):
    from airflow.models import Variable
    from airflow.operators.python import PythonOperator

    seen = []

    def look():
        seen.append(Variable.get("v", default_var=None))
        Variable.set("v", "mine")
        seen.append(Variable.get("v"))
        Variable.delete("v")
        seen.append(Variable.get("v", default_var="gone"))

    with make_dag() as dag:
        PythonOperator(task_id="a", python_callable=look)
    with supervised_by(Store()):
        dag.test()
    dag.test()
    assert seen == ["[1]", "mine", "gone", None, "mine", "gone"]
