"""Plugins, listeners and the policies of an installation."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import Engine
from updraft_airflow.plugins.listeners import ListenerManager, hookimpl

SOURCE = str(Path(__file__).parents[1] / "src")

PLUGIN = """
import os
from datetime import timedelta
from airflow.plugins_manager import AirflowPlugin
from airflow.models.baseoperator import BaseOperator
from airflow.sdk import BaseOperatorLink
from airflow.operators.empty import EmptyOperator
from airflow.task.priority_strategy import PriorityWeightStrategy
from airflow.timetables.base import Timetable
import mine_beside, tells

def shout(text): return text.upper() + "!"

class Heavy(PriorityWeightStrategy):
    def get_weight(self, ti):
        return 40 + len(ti.task_id)

class Link(BaseOperatorLink):
    name = "the docs"
    operators = [EmptyOperator]
    def get_link(self, operator, *, ti_key):
        return f"https://docs/{ti_key.task_id}"

class Everywhere(Link):
    name = "everywhere"

class Never(Timetable):
    pass

class MinePlugin(AirflowPlugin):
    name = "mine"
    macros = [shout]
    listeners = [tells]
    timetables = [Never]
    priority_weight_strategies = [Heavy]
    operator_extra_links = [Link()]
    global_operator_extra_links = [Everywhere()]
    flask_blueprints = [object()]
    fastapi_apps = [{"name": "app", "app": object()}]
    external_views = [{"name": "Tides", "href": "https://tides", "url_route": "tides"}]
    appbuilder_menu_items = [{"name": "Docs", "href": "/docs"}]
    loads = 0

    @classmethod
    def on_load(cls, *args, **kwargs):
        cls.loads += 1
"""

TELLS = """
import os
from airflow.listeners import hookimpl

def write(*words):
    with open(os.environ["TOLD"], "a") as file:
        print(*words, file=file)

@hookimpl
def on_task_instance_running(previous_state, task_instance, session):
    write("running", task_instance.task_id, previous_state, task_instance.state)

@hookimpl
def on_task_instance_success(previous_state, task_instance):
    write("success", task_instance.task_id, task_instance.state)
    raise ValueError("a listener fails")

@hookimpl(tryfirst=True)
def on_task_instance_failed(task_instance, error, **others):
    write("failed", task_instance.task_id, task_instance.state, error)

@hookimpl
def on_dag_run_running(dag_run, msg):
    write("begins", dag_run.dag_id, dag_run.state)

@hookimpl
def on_dag_run_success(dag_run, msg):
    write("run", dag_run.dag_id)

@hookimpl
def on_dag_run_failed(dag_run, msg):
    write("run", dag_run.run_id, dag_run.state, msg)

@hookimpl
def on_dataset_changed(dataset):
    write("changed", dataset.uri)

@hookimpl
def on_asset_changed(asset):
    write("changed", asset.name)

def on_task_instance_skipped(task_instance):
    write("not marked, so not called")
"""

DAG = """
import os
from datetime import datetime
from airflow import DAG
from airflow.datasets import Dataset
from airflow.exceptions import AirflowSkipException
from airflow.macros.mine import shout
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator

def fail(): raise ValueError("no")
def skip(): raise AirflowSkipException
def show(): return {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW_CTX_")}

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1), tags=[shout("tag")]) as dag:
    BashOperator(task_id="a", bash_command="echo {{ macros.mine.shout('hi') }}")
    PythonOperator(task_id="fails", python_callable=fail)
    PythonOperator(task_id="skips", python_callable=skip)
    PythonOperator(task_id="updates", python_callable=print, outlets=[Dataset("s3://a/b")])
    PythonOperator(task_id="shows", python_callable=show)
    EmptyOperator(task_id="weighs", weight_rule="my_plugin.Heavy")
"""


@pytest.fixture
def home(tmp_path):
    for folder in ("dags", "plugins/inner", "config"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "plugins" / "my_plugin.py").write_text(PLUGIN)
    (tmp_path / "plugins" / "tells.py").write_text(TELLS)
    (tmp_path / "plugins" / "mine_beside.py").write_text("")
    (tmp_path / "dags" / "dags.py").write_text(DAG)
    return tmp_path


def engine(home):
    return Engine(home / "dags", AIRFLOW_HOME=str(home), TOLD=str(home / "told"))


def run(home, *arguments):
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False,
        env={
            "PYTHONPATH": SOURCE, "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "AIRFLOW_HOME": str(home), "TOLD": str(home / "told"),
        },
    )  # fmt: skip


def test_macros_listeners_and_weights_of_plugins_count_in_files_and_attempts(home):
    with engine(home) as program:
        described = program.parse(str(home / "dags" / "dags.py"))
        assert described["import_errors"] is None
        data = described["serialized_dags"][0]["data"]
        weighs = next(task for task in data["tasks"] if task["task_id"] == "weighs")
        assert (weighs["priority_weight"], weighs["weight_rule"], data["tags"]) == (46, "absolute", ["TAG!"])
        assert described["warnings"] is None
        assert program.run("a")["type"] == "SucceedTask"
        assert program.kept["return_value"] == "HI!"
        assert any("error calling listener on_task_instance_success" in text for _, _, text in program.events())
        assert program.run("fails")["type"] == "RetryTask"
        assert program.run("skips")["state"] == "skipped"
        assert program.run("updates")["type"] == "SucceedTask"
        assert data["callbacks"] == ["on_dag_run_running", "on_failure_callback", "on_success_callback"]
        order = {"id": "i", "scope": "dag", "delivery": 1, "reason": "task_failure", "done": []}
        assert program.run("a", callback={**order, "event": "on_failure_callback"})["type"] == "SucceedTask"
        assert program.run("a", callback={**order, "event": "on_success_callback"})["type"] == "SucceedTask"
        assert program.run("a", callback={**order, "event": "on_dag_run_running"})["type"] == "SucceedTask"
    assert (home / "told").read_text().splitlines() == [
        "running a queued running",
        "success a success",
        "running fails queued running",
        "failed fails up_for_retry no",
        "running skips queued running",
        "running updates queued running",
        "success updates success",
        "changed s3://a/b",
        "changed s3://a/b",
        "run r failed task_failure",
        "run d",
        "begins d running",
    ]


def test_a_plugin_that_fails_is_told_of_and_disturbs_nothing_else(home):
    bad = {"a_raises.py": "1 / 0", "b_leaves.py": "import sys; sys.exit(1)", "inner/c_syntax.py": "x = ("}
    bad["d_no_name.py"] = "from airflow.plugins_manager import AirflowPlugin\nclass P(AirflowPlugin): pass\n"
    bad["e_load.py"] = (
        "from airflow.plugins_manager import AirflowPlugin\nclass P(AirflowPlugin):\n    name = 'e'\n    @classmethod\n    def on_load(cls): raise ValueError('no licence')\n"
    )
    for name, text in bad.items():
        (home / "plugins" / name).write_text(text + "\n")
    done = run(home, "-m", "updraft_airflow", "plugins", "-o", "json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    errors = {str(Path(file).relative_to(home / "plugins")): error for file, error in told["import_errors"].items()}
    assert sorted(errors) == sorted(bad)
    words = ("ZeroDivisionError", "sys.exit(1)", "SyntaxError", "needs a name", "no licence")
    assert all(word in errors[name] for name, word in zip(bad, words, strict=True))
    (plugin,) = told["plugins"]
    assert plugin["used"]["macros"] == ["my_plugin.shout"]
    assert plugin["used"]["listeners"] == ["tells"]
    assert plugin["used"]["external_views"][0]["href"] == "https://tides"
    assert plugin["parts"]["appbuilder_menu_items"] == [{"name": "Docs", "href": "/docs"}]
    assert plugin["parts"]["fastapi_apps"] == [{"name": "app", "app": "builtins.object"}]
    assert set(plugin["not_served"]) == {"flask_blueprints", "fastapi_apps"}
    shown = run(home, "-m", "updraft_airflow", "plugins").stdout
    assert "fastapi_apps: not used: apps within Airflow 3's web server are not served; serve them elsewhere" in shown
    with engine(home) as program:
        described = program.parse(str(home / "dags" / "dags.py"))
        assert described["import_errors"] is None
        assert program.run("a")["type"] == "SucceedTask"


def test_the_engine_is_told_which_providers_are_installed(home):
    package = home / "packages" / "my_provider-1.2.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: my-provider\nVersion: 1.2\nSummary: Mine\n")
    (package / "entry_points.txt").write_text("[apache_airflow_provider]\nprovider_info = mine:info\n")
    info = {"package-name": "my-provider", "secrets-backends": ["mine.Vault"]}
    (package.parent / "mine.py").write_text(f"def info():\n    return {info!r}\n")
    code = f"import sys; sys.path.append({str(package.parent)!r}); from updraft_airflow.__main__ import main; sys.exit(main(['providers']))"
    done = run(home, "-c", code)
    assert done.returncode == 0, done.stderr
    mine = {"package_name": "my-provider", "description": "Mine", "version": "1.2", "info": info}
    assert mine in json.loads(done.stdout)


def test_code_asks_the_plugins_manager_and_has_the_classes_that_dag_files_have(home):
    script = home / "ask.py"
    script.write_text("""
import sys
from airflow import plugins_manager
from airflow.operators.empty import EmptyOperator
from airflow.models.taskinstance import TaskInstance
plugins_manager.ensure_plugins_loaded()
import my_plugin
assert my_plugin.MinePlugin.loads == 1
assert type(plugins_manager.plugins[0]) is my_plugin.MinePlugin
assert plugins_manager.timetable_classes == {"my_plugin.Never": my_plugin.Never}
assert plugins_manager.import_errors == {}
assert plugins_manager.get_plugin_info()[0]["macros"] == ["my_plugin.shout"]
task = EmptyOperator(task_id="t")
assert task.extra_links == ["everywhere", "the docs"], task.extra_links
assert task.get_extra_links(TaskInstance(task, run_id="r"), "the docs") == "https://docs/t"
assert task.get_extra_links(TaskInstance(task, run_id="r"), "none") is None
try:
    import airflow.macros.nobody
except ImportError as error:
    assert "no plugin has macros" in str(error)
else:
    raise AssertionError
""")
    done = run(home, script)
    assert done.returncode == 0, done.stderr


def test_dag_test_tells_listeners_of_tasks_and_of_the_run(home):
    text = 'from datetime import datetime\nfrom airflow import DAG\nfrom airflow.operators.empty import EmptyOperator\nwith DAG("d", schedule=None, start_date=datetime(2024, 1, 1)) as dag:\n    EmptyOperator(task_id="t")\ndag.test()\n'
    script = home / "script.py"
    script.write_text(text)
    assert run(home, script).returncode == 0
    told = (home / "told").read_text().splitlines()
    assert told == ["begins d running", "running t queued running", "success t success", "run d"]


def test_listeners_get_what_they_take_and_the_last_one_first(caplog):
    seen = []

    class Listener:
        def __init__(self, name):
            self.name = name

        @hookimpl
        def on_starting(self, component):
            seen.append((self.name, component))

        def on_other(self):
            seen.append("not marked")

    manager = ListenerManager()
    assert not manager.has_listeners
    first = Listener("first")
    for listener in (first, Listener("second"), first):
        manager.add_listener(listener)
    with caplog.at_level(logging.ERROR):
        manager.hook.on_starting(component=1, unknown=2)
        manager.hook.on_starting(unknown=2)
        manager.hook.on_other()
    assert seen == [("second", 1), ("first", 1)]
    assert caplog.text.count("error calling listener") == 2
    manager.clear()
    assert not manager.has_listeners


SETTINGS = """
from airflow.exceptions import AirflowClusterPolicySkipDag, AirflowClusterPolicyViolation

def dag_policy(dag):
    dag.tags.add("checked")
    if dag.dag_id == "hidden": raise AirflowClusterPolicySkipDag("not here")
    if dag.dag_id == "forbidden": raise AirflowClusterPolicyViolation("no owner")
    if dag.dag_id == "breaks": 1 / 0

def task_policy(task):
    task.retries = 7

def task_instance_mutation_hook(ti):
    ti.queue = "special" if ti.task_id == "a" else ti.queue

def get_airflow_context_vars(context):
    return {"team": "data", "AIRFLOW_CTX_MINE": context["ti"].task_id}

def get_dagbag_import_timeout(path):
    return 0.2 if "slow" in path else 0
"""


def test_policies_of_the_installation_look_at_dags_tasks_and_attempts(home):
    (home / "config" / "airflow_local_settings.py").write_text(SETTINGS)
    more = "".join(f'DAGS_{n} = DAG("{n}", schedule=None)\n' for n in ("hidden", "forbidden", "breaks"))
    (home / "dags" / "more.py").write_text("from airflow import DAG\n" + more)
    (home / "dags" / "slow.py").write_text("import airflow, time\ntime.sleep(30)\n")
    with engine(home) as program:
        data = program.parse(str(home / "dags" / "dags.py"))["serialized_dags"][0]["data"]
        assert data["tags"] == ["TAG!", "checked"]
        assert {task["retries"] for task in data["tasks"]} == {7}
        assert {task["task_id"]: task["queue"] for task in data["tasks"]}["a"] == "special"
        assert {task["queue"] for task in data["tasks"]} == {"special", "default"}
        refused = program.parse(str(home / "dags" / "more.py"))
        assert refused["serialized_dags"] == []
        kinds = [error["error"] for error in refused["python"]["import_errors"]]
        assert kinds == ["AirflowClusterPolicyViolation", "AirflowException"]
        assert "airflow_local_settings" in refused["python"]["import_errors"][1]["message"]
        (slow,) = program.parse(str(home / "dags" / "slow.py"))["import_errors"].values()
        assert "takes longer than 0.2 seconds" in slow
        assert program.run("shows")["type"] == "SucceedTask"
        shown = program.kept["return_value"]
        assert (shown["AIRFLOW_CTX_TEAM"], shown["AIRFLOW_CTX_MINE"], shown["AIRFLOW_CTX_DAG_ID"]) == (
            "data",
            "shows",
            "d",
        )
    broken = home / "config" / "airflow_local_settings.py"
    broken.write_text("1 / 0\n")
    done = run(home, "-m", "updraft_airflow", "parse", home / "dags" / "more.py")
    assert "ZeroDivisionError" in done.stdout
    assert done.returncode == 1
