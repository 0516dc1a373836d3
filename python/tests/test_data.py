"""Variables, connections, settings and the names of Airflow's database."""

import json
import os
import time

import pytest
from airflow.configuration import conf
from airflow.exceptions import AirflowConfigException, AirflowNotFoundException, AirflowRuntimeError
from airflow.hooks.base import BaseHook
from airflow.models import Connection, Variable
from airflow.settings import Session
from airflow.utils.session import NEW_SESSION, create_session, provide_session

from updraft_airflow.log import mask_secret, redact
from updraft_airflow.orm.tables import DatabaseUseError


def test_a_missing_variable_is_another_error_in_each_generation(level):
    level(2)
    with pytest.raises(KeyError, match="nothing"):
        Variable.get("nothing")
    level(3)
    with pytest.raises(AirflowRuntimeError, match="VARIABLE_NOT_FOUND"):
        Variable.get("nothing")
    assert Variable.get("nothing", default_var=1) == Variable.get("nothing", default=1) == 1
    assert Variable.get("nothing", None) is None


def test_variables_are_there_while_a_file_is_read(monkeypatch, parse):
    monkeypatch.setenv("AIRFLOW_VAR_N", "[2]")
    text = """
from airflow import DAG
from airflow.models import Variable
for n in Variable.get("n", deserialize_json=True):
    globals()[f"dag_{n}"] = DAG(f"d{n}", schedule=None)
"""
    assert [one.data["dag_id"] for one in parse(text).descriptions] == ["d2"]


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        ("postgresql://u:p%40ss@h:5432/db?sslmode=on", ("postgres", "u", "p@ss", "h", 5432, "db", {"sslmode": "on"})),
        ("google-cloud-platform://", ("google_cloud_platform", None, None, "", None, "", {})),
        ("http://https%3A%2F%2Fh/p", ("http", None, None, "https://h", None, "p", {})),
        ("https://h/p", ("https", None, None, "h", None, "p", {})),
        (
            "aws://?__extra__=%7B%22a%22%3A+%7B%22b%22%3A+1%7D%7D",
            ("aws", None, None, "", None, "", {"a": {"b": 1}}),
        ),
        ("ssh://u@[::1]:22", ("ssh", "u", None, "::1", 22, "", {})),
        ("spark://local%5B*%5D", ("spark", None, None, "local[*]", None, "", {})),
        ("sqlite:///tmp/x.db", ("sqlite", None, None, "", None, "tmp/x.db", {})),
    ],
)
def test_connections_are_uris(monkeypatch, uri, parts):
    monkeypatch.setenv("AIRFLOW_CONN_MINE", uri)
    found = BaseHook.get_connection("mine")
    told = (found.conn_type, found.login, found.password, found.host, found.port, found.schema, found.extra_dejson)
    assert told == parts


def test_connections_are_json_too_and_come_back_from_their_uri(monkeypatch):
    parts = {
        "conn_type": "postgresql",
        "host": "h",
        "login": "ü:/",
        "password": "?&",
        "port": 1,
        "extra": {"k": {"n": 1}},
    }
    monkeypatch.setenv("AIRFLOW_CONN_MINE", json.dumps(parts))
    found = Connection.get("mine")
    assert (found.conn_type, found.login, found.extra_dejson) == ("postgres", "ü:/", {"k": {"n": 1}})
    again = Connection(conn_id="mine", uri=found.get_uri())
    assert (again.login, again.password, again.extra_dejson) == (found.login, found.password, found.extra_dejson)


def test_a_missing_connection_is_named():
    with pytest.raises(AirflowNotFoundException, match="nothing"):
        BaseHook.get_connection("nothing")


def test_settings_come_from_the_environment_the_file_and_the_defaults(monkeypatch, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "airflow.cfg").write_text("[core]\nparallelism = 7\n[mine]\nx = 10%%\n")
    assert conf.getint("core", "parallelism") == 7
    assert conf.get("mine", "x") == "10%"
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "8")
    monkeypatch.setenv("AIRFLOW__OTHER__FLAG", "T # yes")
    monkeypatch.setenv("AIRFLOW__OTHER__LIST", "a, b")
    assert conf.getint("core", "parallelism") == 8
    assert conf.getboolean("other", "flag")
    assert conf.getlist("other", "list") == ["a", "b"]
    assert conf.getint("core", "max_map_length") == 1024
    assert conf.get("no", "no", fallback=None) is None
    assert not conf.has_option("no", "no")
    for ask in (lambda: conf.get("no", "no"), lambda: conf.getboolean("mine", "x")):
        with pytest.raises(AirflowConfigException):
            ask()


def test_settings_stay_known_to_a_task_whose_user_may_not_look_at_the_file_again(monkeypatch, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "airflow.cfg").write_text("[core]\nparallelism = 7\n")
    assert conf.getint("core", "parallelism") == 7
    stat = os.stat

    def refuse(path, *args, **kwargs):
        if str(path).endswith("airflow.cfg"):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", refuse)
    later = time.monotonic() + 60
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert conf.getint("core", "parallelism") == 7
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    with pytest.raises(PermissionError):
        conf.getint("core", "parallelism")


def test_settings_of_both_generations_have_defaults_and_moved_ones_two_names(level, monkeypatch):
    assert conf.get("webserver", "web_server_port") == conf.get("api", "port") == "8080"
    monkeypatch.setenv("AIRFLOW__CORE__SQL_ALCHEMY_CONN", "sqlite://")
    assert conf.get("database", "sql_alchemy_conn") == conf.get("core", "sql_alchemy_conn") == "sqlite://"
    assert conf.get("core", "dags_folder").endswith("/home/dags")
    for number in (2, 3):
        level(number)
        assert conf.getboolean("scheduler", "catchup_by_default") == (number == 2)


def test_commands_give_secrets_alone(monkeypatch):
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY_CMD", "echo -n key")
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM_CMD", "echo 99")
    assert conf.get("core", "fernet_key") == "key"
    assert conf.getint("core", "parallelism") == 32


def test_secrets_are_hidden():
    mask_secret("hunter22")
    assert redact({"a": "x hunter22", "password": "p", "b": ["hunter22"]}) == {
        "a": "x ***",
        "password": "***",
        "b": ["***"],
    }


def test_files_that_use_the_database_load_and_say_what_to_use_when_they_do(parse):
    parsed = parse("""
from airflow import DAG, settings
from airflow.models import DagModel, DagRun, Log, TaskInstance, XCom, SlaMiss, TaskFail, ImportError, TaskReschedule
from airflow.jobs.base_job import BaseJob
from airflow.utils.db import provide_session
TABLES = [{"model": Log, "column": Log.dttm}, {"model": DagRun, "column": DagRun.execution_date}]
dag = DAG("cleanup", schedule=None)
""")
    assert not parsed.problems, parsed.problems[0].trace

    @provide_session
    def query(session=NEW_SESSION):
        return session.query("x")

    for use in (query, lambda: Session().query("x"), lambda: Session().execute("x")):
        with pytest.raises(DatabaseUseError, match="`updraft` command"):
            use()
    with create_session() as session, pytest.raises(DatabaseUseError):
        session.commit()


def test_who_may_update_an_asset_is_taken_and_counts_for_nothing():
    from airflow.sdk import Asset, AssetAccessControl

    asset = Asset("a", access_control=AssetAccessControl(producer_teams=["one"], allow_global=False))
    assert asset == Asset("a")
    assert asset.access_control.producer_teams == ["one"]
    with pytest.raises(ValueError, match="teams are a list of names"):
        AssetAccessControl(consumer_teams=[" "])
    with pytest.raises(TypeError, match="`allow_global` is a bool"):
        AssetAccessControl(allow_global="no")
