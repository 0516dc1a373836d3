"""Published providers work on this package: their modules import, and operators and hooks work against real servers on this machine.

`UPDRAFT_TEST_PROVIDERS` is the Python of an environment with what `providers/requirements.txt` lists, `UPDRAFT_TEST_POSTGRES` a cluster in
which databases may be created; `cargo xtask python` makes both.
"""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from engine import Engine

HERE = Path(__file__).parent / "providers"
SOURCE = HERE.parents[1] / "src"


def setting(name):
    value = os.environ.get(name)
    assert value, f"run `cargo xtask python`, or set {name}: see CONTRIBUTING.md"
    return value


def run(script, *arguments, **env):
    """What a script prints as JSON in the environment of providers."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1", **env}
    command = [setting("UPDRAFT_TEST_PROVIDERS"), str(HERE / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


def test_every_authoring_module_imports_but_those_of_the_ledger(tmp_path):
    told = run("import_all.py", AIRFLOW_HOME=str(tmp_path))
    lines = [line.split(" wants the ") for line in (HERE / "ledger.txt").read_text().splitlines() if line[:1] != "#"]
    known = {name: needed.split()[1] for name, needed in lines}
    failed = told["failed"]
    assert failed.keys() - known.keys() == set(), {name: failed[name] for name in failed.keys() - known.keys()}
    assert known.keys() - failed.keys() == set(), "these import now: take them out of the ledger"
    assert [name for name, needed in known.items() if f"{needed}" not in failed[name]] == []
    assert len(told["modules"]) > 300


class Answers(BaseHTTPRequestHandler):
    """A server for the http provider: it says what it was asked, in pages, or that it is not ready yet."""

    asked = 0

    def do_GET(self):
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        if url.path == "/pages":
            page = int(query.get("page", 1))
            return self.say(200, {"page": page, "next": page + 1 if page < 3 else None})
        if url.path == "/ready":
            return self.say(200, "yes")
        if url.path == "/later":
            Answers.asked += 1
            return self.say(200 if Answers.asked % 3 == 0 else 404, "")
        if url.path == "/teapot":
            return self.say(418, "")
        told = {"path": url.path, "query": query, "body": body, "method": self.command, "headers": dict(self.headers)}
        return self.say(200, told)

    do_POST = do_GET

    def say(self, status, content):
        body = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """The connection to a running server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://user:secret@127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    """Kind of and connection to an empty database of the test's own."""
    if request.param == "sqlite":
        yield "sqlite", f"sqlite://{quote(str(tmp_path / 'data.db'), safe='')}"
        return
    cluster = setting("UPDRAFT_TEST_POSTGRES")
    name = run("postgres_database.py", "create", cluster)
    try:
        yield "postgres", urlsplit(cluster)._replace(path=f"/{name}").geturl()
    finally:
        run("postgres_database.py", "drop", cluster, name)


def test_http_operators_sensors_and_hooks_work(server, tmp_path):
    told = run("run_dag.py", str(HERE / "http_dags.py"), AIRFLOW_HOME=str(tmp_path), AIRFLOW_CONN_SERVER=server)
    tasks = told["tasks"]
    got = tasks["get"][1]
    assert (got["path"], got["query"], got["method"]) == ("/echo/2024-03-01", {"q": "a b"}, "GET")
    assert got["headers"]["X-Run"].startswith("manual__")
    assert got["headers"]["Authorization"].startswith("Basic ")
    posted = json.loads(tasks["post"][1])
    assert (posted["method"], posted["body"]) == ("POST", '{"n": 1}')
    assert tasks["pages"][1] == [1, 2, 3]
    assert json.loads(tasks["deferred"][1])["path"] == "/echo"
    assert tasks["by_hook"] == ["success", "1"]
    ends = {name: state for name, (state, _) in tasks.items() if state != "success"}
    assert ends == {"refused": "failed", "never": "upstream_failed"}
    assert told["state"] == "failed"


def test_sql_operators_sensors_and_hooks_work(database, tmp_path):
    kind, connection = database
    env = {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW_CONN_DB": connection, "DATABASE": kind}
    told = run("run_dag.py", str(HERE / "sql_dags.py"), **env)
    tasks = told["tasks"]
    assert tasks["from_file"][1] == [["ann", 7], ["2024-03-01", 40]]
    assert tasks["several"][1] == [[[2]], [[40]]]
    assert tasks["decorated"][1] == [[40]]
    assert [tasks[f"mapped[{index}]"][1] for index in (0, 1)] == [[[1]], [[2]]]
    assert tasks["by_hook"][1] == [{"sqlite": "SqliteHook", "postgres": "PostgresHook"}[kind], ["bob", "eve"], 4]
    ends = {name: state for name, (state, _) in tasks.items() if state != "success"}
    assert ends == {"wrong": "failed", "no": "skipped"}


def test_operators_that_providers_have_removed_work_and_warn(database, tmp_path):
    kind, connection = database
    env = {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW_CONN_DB": connection, "DATABASE": kind}
    told = run("run_dag.py", str(HERE / "old_dags.py"), **env)
    assert told["tasks"] == {"ask": ["success", [[3]]], "tell": ["success", [[3]]]}
    assert any("has removed" in one and f"`{kind}_conn_id`" in one for one in told["warnings"])


@pytest.fixture
def serve(tmp_path):
    """A program that serves the engine in the environment of providers, with a DAG file."""

    def start(name, **env):
        folder = tmp_path / "dags"
        folder.mkdir()
        for file in (HERE / name, HERE / "people.sql"):
            (folder / file.name).write_text(file.read_text())
        return Engine(folder, setting("UPDRAFT_TEST_PROVIDERS"), **env)

    return start


def test_http_tasks_run_under_the_engine(serve, server):
    with serve("http_dags.py", AIRFLOW_CONN_SERVER=server) as engine:
        described = engine.parse(str(engine.dags / "http_dags.py"))
        assert described["import_errors"] is None
        order = {"dag_id": "http", "file": "http_dags.py"}
        assert engine.run("get", **order)["type"] == "SucceedTask"
        assert engine.kept["return_value"]["query"] == {"q": "a b"}
        assert engine.run("by_hook", **order)["type"] == "SucceedTask"
        refused = engine.run("refused", **order, context={"should_retry": False})
        assert (refused["state"], refused["reason"].split(":")[0]) == ("failed", "AirflowException")
        waits = engine.run("deferred", **order)
        assert (waits["type"], waits["next_method"]) == ("DeferTask", "execute_complete")
        assert waits["classpath"] == "airflow.providers.http.triggers.http.HttpTrigger"
        assert not any("secret" in line["event"] for line in engine.lines)


def test_sql_tasks_run_under_the_engine(serve, database):
    kind, connection = database
    with serve("sql_dags.py", AIRFLOW_CONN_DB=connection, DATABASE=kind) as engine:
        assert engine.parse(str(engine.dags / "sql_dags.py"))["import_errors"] is None
        for name in ("make", "fill", "from_file"):
            assert engine.run(name, dag_id="sql", file="sql_dags.py")["type"] == "SucceedTask", engine.events()
        rows = engine.kept["return_value"]
        assert ["ann", 7] in rows
        wrong = engine.run("wrong", dag_id="sql", file="sql_dags.py", context={"should_retry": False})
        assert wrong["state"] == "failed"


OLD_NAMES = """
airflow.providers.http.operators.http.SimpleHttpOperator HttpOperator
airflow.operators.http_operator.SimpleHttpOperator HttpOperator
airflow.operators.SimpleHttpOperator HttpOperator
airflow.operators.HttpSensor HttpSensor
airflow.operators.S3KeySensor S3KeySensor
airflow.hooks.SqliteHook SqliteHook
airflow.hooks.S3_hook.S3Hook S3Hook
airflow.hooks.postgres_hook.PostgresHook PostgresHook
airflow.hooks.dbapi.DbApiHook DbApiHook
airflow.operators.sql.SQLCheckOperator SQLCheckOperator
airflow.sensors.sql.SqlSensor SqlSensor
airflow.contrib.operators.kubernetes_pod_operator.KubernetesPodOperator KubernetesPodOperator
airflow.contrib.operators.ssh_operator.SSHOperator SSHOperator
airflow.contrib.hooks.ssh_hook.SSHHook SSHHook
airflow.providers.cncf.kubernetes.operators.kubernetes_pod.KubernetesPodOperator KubernetesPodOperator
airflow.providers.amazon.aws.operators.emr_add_steps.EmrAddStepsOperator EmrAddStepsOperator
airflow.providers.amazon.aws.operators.emr_create_job_flow.EmrCreateJobFlowOperator EmrCreateJobFlowOperator
airflow.providers.amazon.aws.operators.emr_terminate_job_flow.EmrTerminateJobFlowOperator EmrTerminateJobFlowOperator
airflow.providers.amazon.aws.operators.s3_copy_object.S3CopyObjectOperator S3CopyObjectOperator
airflow.providers.amazon.aws.sensors.emr_step.EmrStepSensor EmrStepSensor
airflow.providers.amazon.aws.sensors.s3_key.S3KeySensor S3KeySensor
airflow.providers.amazon.aws.sensors.s3_prefix.S3PrefixSensor S3KeySensor
airflow.providers.amazon.aws.operators.glue.AwsGlueJobOperator GlueJobOperator
airflow.providers.amazon.aws.operators.glue_crawler.AwsGlueCrawlerOperator GlueCrawlerOperator
airflow.providers.slack.notifications.slack_notifier.SlackNotifier SlackNotifier
airflow.providers.slack.notifications.slack_notifier.send_slack_notification SlackNotifier
airflow.providers.amazon.aws.operators.redshift_sql.RedshiftSQLOperator SQLExecuteQueryOperator
airflow.providers.postgres.operators.postgres.PostgresOperator SQLExecuteQueryOperator
airflow.operators.postgres_operator.PostgresOperator SQLExecuteQueryOperator
"""


def test_old_names_are_what_took_their_place_and_warn(tmp_path):
    names = dict(line.split() for line in OLD_NAMES.split("\n") if line)
    told = run("old_names.py", *names, AIRFLOW_HOME=str(tmp_path))
    assert {name: one["error"] for name, one in told.items() if "error" in one} == {}
    assert {name: one["classes"] for name, one in told.items() if names[name] not in one["classes"]} == {}
    assert [name for name, one in told.items() if not one["warnings"]] == []


def test_removed_sql_operators_speak_with_the_connection_of_their_own_argument(tmp_path):
    told = run("old_names.py", "--sql", AIRFLOW_HOME=str(tmp_path))
    assert told == {
        "MsSqlOperator": ["mssql_default", "given", {"schema": "sales"}],
        "MySqlOperator": ["mysql_default", "given", {"schema": "sales"}],
        "PostgresOperator": ["postgres_default", "given", {"schema": "sales"}],
        "RedshiftSQLOperator": ["redshift_default", "given", {"schema": "sales"}],
        "SnowflakeOperator": ["snowflake_default", "given", {"schema": "sales"}],
        "SqliteOperator": ["sqlite_default", "given", {"schema": "sales"}],
    }


def test_pip_takes_stand_ins_for_a_real_airflow(tmp_path):
    command = [sys.executable, "-m", "updraft_airflow", "stand-ins", str(tmp_path / "wheels")]
    environment = {"PYTHONPATH": str(SOURCE), "PATH": os.environ["PATH"]}
    arguments = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.split()
    # Without an index there is nothing but the stand-ins, so this reaches no server.
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--target",
        str(tmp_path / "site"),
        *arguments,
    ]
    wanted = ["apache-airflow>=2.11", "apache-airflow-core>=3", "apache-airflow-task-sdk"]
    subprocess.run([*pip, *wanted], capture_output=True, text=True, check=True)
    assert sorted(path.name.split("-")[0] for path in (tmp_path / "site").iterdir()) == [
        "apache_airflow",
        "apache_airflow_core",
        "apache_airflow_task_sdk",
    ]
