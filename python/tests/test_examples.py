"""The example DAGs that Airflow publishes: all import but those of the ledger, and their graphs are those of real Airflow."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wheels import CASES, unpack

HERE = Path(__file__).parent
ORACLE = HERE.parents[1] / "oracle" / "example_graphs.json"

WITH_VIRTUALENV = {"example_python_decorator", "example_python_operator"}
"""DAGs that have more tasks where virtual environments can be made, which was not so where the graphs were recorded."""


def read_examples(name, folder):
    """What each example file holds: its DAGs by id, or why there are none."""
    examples = unpack(name, folder)
    files = sorted(str(file) for file in examples.rglob("*.py") if file.name != "__init__.py")
    environment = {
        "PYTHONPATH": f"{HERE.parent / 'src'}:{folder}",
        "AIRFLOW__UPDRAFT__COMPAT": str(CASES[name][0]),
        "AIRFLOW_HOME": str(folder / "home"),
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-m", "updraft_airflow", "parse", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    found = {}
    for line in done.stdout.splitlines():
        told = json.loads(line)
        dags = {one["data"]["dag_id"]: one["data"] for one in told["serialized_dags"]}
        problems = told["python"]["import_errors"]
        found[str(Path(told["fileloc"]).relative_to(folder))] = problems[0]["message"] if problems else dags
    assert len(found) == len(files), done.stderr
    return found


def graph(dag):
    after = {task["task_id"]: [] for task in dag["tasks"]}
    for task in dag["tasks"]:
        for before in task["upstream_task_ids"]:
            after[before].append(task["task_id"])
    return {task_id: sorted(ids) for task_id, ids in after.items()}


def ledger():
    """By case and file, the words that the error holds."""
    lines = (
        line.split(maxsplit=2) for line in (HERE / "ledger-examples.txt").read_text().splitlines() if line[:1] != "#"
    )
    return {(words[0], words[1]): words[2] for words in lines if words}


@pytest.mark.parametrize("name", CASES)
def test_examples_import_and_have_the_graphs_of_airflow(name, tmp_path):
    found = read_examples(name, tmp_path)
    known = {file: why for (case, file), why in ledger().items() if case == name}
    failing = {Path(file).name: error for file, error in found.items() if isinstance(error, str)}
    assert failing.keys() - known.keys() == set(), {file: failing[file] for file in failing.keys() - known.keys()}
    assert known.keys() - failing.keys() == set(), "these import now: take them out of the ledger"
    recorded = json.loads(ORACLE.read_text())["2.11.2" if name == "2.11.2" else "3.3.2"]
    dags = {dag_id: dag for held in found.values() if isinstance(held, dict) for dag_id, dag in held.items()}
    compared = {
        dag_id: graph(dag) for dag_id, dag in dags.items() if dag_id in recorded and dag_id not in WITH_VIRTUALENV
    }
    assert compared == {dag_id: recorded[dag_id] for dag_id in compared}
    assert len(compared) > len(dags) * 0.8
