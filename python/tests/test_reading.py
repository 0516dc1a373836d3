"""Files that are read for the engine: what they ask is answered, what they read is told, and they have a time limit."""

import os

import pytest

from engine import ORDERS, Engine

HEAD = "from airflow import DAG\nfrom airflow.hooks.base import BaseHook\nfrom airflow.models import Variable\n"


@pytest.fixture
def engine(tmp_path):
    (tmp_path / "dags").mkdir()
    with Engine(tmp_path / "dags", AIRFLOW_HOME=str(tmp_path), AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT="0.5") as engine:
        yield engine


def read_paths(engine, described):
    home = os.path.realpath(engine.dags.parent)
    return sorted(os.path.relpath(read["path"], home) for read in described["updraft_reads"])


def test_variables_and_connections_of_the_engine_are_there(engine):
    engine.kept["region"] = "north"
    file = engine.write(
        f"{HEAD}dag = DAG(Variable.get('region') + BaseHook.get_connection('c').conn_id, schedule=None)\n"
    )
    described = engine.parse(file)
    assert [one["data"]["dag_id"] for one in described["serialized_dags"]] == ["northc"]


def test_secrets_are_masked_in_what_is_said_of_a_file(engine):
    usual = engine.answer
    told = {**ORDERS["ConnectionResult"], "password": "opensesame"}
    engine.answer = lambda body: told if body["type"] == "GetConnection" else usual(body)
    file = engine.write(f"{HEAD}raise ValueError('no luck with ' + BaseHook.get_connection('c').password)\n")
    described = engine.parse(file)
    (text,) = described["import_errors"].values()
    assert "no luck with ***" in text
    assert "opensesame" not in str(described)


def test_what_a_file_reads_is_told_with_its_state(engine):
    (engine.dags / "include").mkdir()
    (engine.dags / "include" / "tables.sql").write_text("SELECT 1")
    (engine.dags / "helpers").mkdir()
    (engine.dags / "helpers" / "__init__.py").write_text("")
    (engine.dags / "helpers" / "rates.py").write_text("VAT = 19\n")
    (engine.dags / "unrelated.py").write_text("")
    file = engine.write(
        f"{HEAD}import os\nfrom helpers.rates import VAT\nhere = os.path.dirname(__file__)\n"
        "names = os.listdir(here + '/include')\ntext = open(here + '/include/tables.sql').read()\n"
        "open(here + '/../written', 'w').close()\ndag = DAG('d', schedule=None)\n"
    )
    expected = ["dags/helpers/__init__.py", "dags/helpers/rates.py", "dags/include", "dags/include/tables.sql"]
    first = engine.parse(file)
    assert first["import_errors"] is None
    assert [path for path in read_paths(engine, first) if path != "airflow.cfg"] == expected
    rates = (engine.dags / "helpers" / "rates.py").stat()
    (told,) = (read for read in first["updraft_reads"] if read["path"].endswith("rates.py"))
    assert (told["inode"], told["size"], told["modified"]) == (rates.st_ino, 9, rates.st_mtime_ns)
    # The second time it comes from what Python has compiled.
    assert read_paths(engine, engine.parse(file)) == read_paths(engine, first)


def test_a_file_that_takes_too_long_is_told_with_its_line(engine):
    file = engine.write(f"{HEAD}import time\nwhile True:\n    time.sleep(0.01)\n")
    described = engine.parse(file)
    ((place, text),) = described["import_errors"].items()
    assert place == f"{file}:6"
    assert "takes longer than 0.5 seconds" in text
    assert engine.parse(engine.write("from airflow import DAG\ndag = DAG('d', schedule=None)\n", "next.py"))[
        "serialized_dags"
    ]


def test_the_text_of_a_file_must_be_readable(engine):
    file = engine.dags / "latin.py"
    file.write_bytes(b"from airflow import DAG\nx = '\xe4'\n")
    (text,) = engine.parse(str(file))["import_errors"].values()
    assert "can't decode byte 0xe4" in text


def test_the_dags_folder_may_be_the_current_one(engine):
    (engine.dags / "helpers.py").write_text("NAME = 'd'\n")
    file = engine.write("from airflow import DAG\nfrom helpers import NAME\ndag = DAG(NAME, schedule=None)\n")
    assert engine.parse(file)["import_errors"] is None
    engine.write(
        "from airflow import DAG\nfrom airflow.operators.empty import EmptyOperator\nfrom helpers import NAME\nwith DAG(NAME, schedule=None): EmptyOperator(task_id='t', on_execute_callback=print)\n"
    )
    assert engine.run("t")["type"] == "SucceedTask"
