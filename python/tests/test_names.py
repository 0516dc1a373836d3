"""Which names the `airflow` namespace offers."""

import csv
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from updraft_airflow.names import foreign, table

HERE = Path(__file__).parent


OURS = sorted(path for path in table.modules() if not table.is_foreign(path))


@pytest.mark.parametrize("path", OURS)
def test_every_name_of_the_tables_is_there(path):
    module = importlib.import_module(path)
    for name, (home, _) in table.names(path).items():
        if not table.is_foreign(home) and home != "updraft_airflow.operators.removed":
            getattr(module, name)


def test_old_and_new_paths_are_the_same_objects():
    from airflow.operators.bash_operator import BashOperator as one
    from airflow.operators.dummy_operator import DummyOperator
    from airflow.operators.empty import EmptyOperator
    from airflow.providers.standard.operators.bash import BashOperator as other
    from airflow.sdk import DAG as three

    from airflow import DAG as two

    assert one is other
    assert two is three
    assert DummyOperator is EmptyOperator


def test_a_module_does_not_take_the_place_of_a_name_that_is_offered():
    importlib.import_module("airflow.decorators.task_group")
    from airflow.decorators import task_group

    assert callable(task_group)


def test_a_name_that_is_not_offered_is_an_import_error_that_says_so():
    with pytest.raises(ImportError, match="`airflow.operators.bash` of Updraft does not offer `Nothing`"):
        from airflow.operators.bash import Nothing  # noqa: F401
    with pytest.raises(ImportError, match="does not offer `nothing`"):
        importlib.import_module("airflow.nothing")
    with pytest.raises(ModuleNotFoundError, match="apache-airflow-providers-nobody"):
        importlib.import_module("airflow.providers.nobody.hooks.x")
    assert not hasattr(importlib.import_module("airflow.operators.bash"), "Nothing")


def test_the_version_is_the_one_that_providers_expect():
    from airflow.version import version

    import airflow

    assert airflow.__version__ == version == "3.1.8"


def test_providers_lie_beside_it(tmp_path):
    package = tmp_path / "site" / "airflow" / "providers" / "toy" / "hooks"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "toy.py").write_text("from airflow.hooks.base import BaseHook\nclass ToyHook(BaseHook): pass\n")
    run = "from airflow.providers.toy.hooks.toy import ToyHook; from airflow.providers.standard.operators.bash import BashOperator"
    environment = {"PYTHONPATH": f"{HERE.parent / 'src'}:{tmp_path / 'site'}"}
    subprocess.run([sys.executable, "-c", run], check=True, env=environment)


def test_old_paths_lead_to_providers_and_removed_operators_to_what_took_their_place(tmp_path):
    for folder in ("common/sql/operators", "postgres/hooks", "postgres/operators"):
        (tmp_path / "airflow" / "providers" / folder).mkdir(parents=True)
    providers = tmp_path / "airflow" / "providers"
    (providers / "common/sql/operators/sql.py").write_text("""
from airflow.sdk import BaseOperator
class SQLExecuteQueryOperator(BaseOperator):
    template_fields = ("sql",)
    def __init__(self, *, sql, conn_id=None, hook_params=None, **kwargs):
        super().__init__(**kwargs)
        self.sql, self.conn_id, self.hook_params = sql, conn_id, hook_params
""")
    (providers / "postgres/hooks/postgres.py").write_text("class PostgresHook: pass\n")
    run = """
from airflow import DAG
from airflow.hooks.postgres_hook import PostgresHook
from airflow.operators.postgres_operator import PostgresOperator as old
from airflow.providers.postgres.operators.postgres import PostgresOperator
assert old is PostgresOperator
with DAG("d", schedule=None, default_args={"postgres_conn_id": "mine", "retries": 2}):
    task = PostgresOperator(task_id="a", sql="SELECT 1", database="db", postgres_conn_id="given")
    plain = PostgresOperator(task_id="b", sql="SELECT 1")
assert (task.conn_id, task.hook_params, task.task_type, task.retries) == ("given", {"schema": "db"}, "PostgresOperator", 2)
assert (plain.conn_id, plain.hook_params) == ("mine", {})
try:
    from airflow.hooks.mysql_hook import MySqlHook
except ModuleNotFoundError as error:
    assert "providers-mysql" in str(error), error
"""
    environment = {"PYTHONPATH": f"{HERE.parent / 'src'}:{tmp_path}", "PYTHONWARNINGS": "ignore"}
    subprocess.run([sys.executable, "-c", run], check=True, env=environment)


@pytest.mark.parametrize("file", ["__init__.py", "sdk/__init__.py", "models/__init__.py"])
def test_a_real_airflow_is_refused(tmp_path, file):
    place = tmp_path / "airflow" / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch()
    environment = {"PYTHONPATH": f"{HERE.parent / 'src'}:{tmp_path}"}
    done = subprocess.run(
        [sys.executable, "-m", "updraft_airflow", "parse", "x.py"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr
    assert foreign.OWN in done.stderr
    assert "pip uninstall" in done.stderr


def test_names_that_dag_files_use_are_offered_but_for_the_ledger():
    """`names.csv` ranks the names that public DAG files and providers use; the ledger may only become shorter."""
    ledger = {
        line.split()[0] for line in (HERE / "ledger-names.txt").read_text().splitlines() if line and line[0] != "#"
    }
    missing = set()
    with (HERE / "names.csv").open() as file:
        for row in csv.DictReader(file):
            path, _, name = row["name"].rpartition(".")
            try:
                led = table.names(path).get(name, ("", ""))[0] if path in table.modules() else ""
                if row["name"] not in table.modules() and not table.is_foreign(led) and not led.endswith(".removed"):
                    getattr(importlib.import_module(path), name)
            except (ImportError, AttributeError):
                missing.add(row["name"])
    assert missing - ledger == set(), "no longer offered"
    assert ledger - missing == set(), "offered now: take them out of the ledger"
