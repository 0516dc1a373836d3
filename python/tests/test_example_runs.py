"""The example DAGs that Airflow publishes end as they end in real Airflow: `cargo xtask oracle` records it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from test_rules import differences
from wheels import CASES, unpack

ROOT = Path(__file__).parents[2]
RECORDED = json.loads((ROOT / "oracle" / "examples.json").read_text())


def ledger(name):
    """What differs: by DAG and thing, `-` for all of it, the reason."""
    lines = (ROOT / "oracle" / "ledger-examples.txt").read_text().splitlines()
    words = [line.split(maxsplit=3) for line in lines if line and line[0] != "#"]
    return {(dag, thing): why for case, dag, thing, why in words if case == name}


@pytest.mark.parametrize("name", CASES)
def test_examples_end_as_in_airflow(name, tmp_path):
    examples = unpack(name, tmp_path)
    level = str(CASES[name][0])
    environment = {
        "PYTHONPATH": f"{ROOT / 'python' / 'src'}:{tmp_path}",
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AIRFLOW_HOME": str(tmp_path / "home"),
        "AIRFLOW__UPDRAFT__COMPAT": level,
        "LEVEL": level,
        # Most of the time they sleep.
        "JOBS": "24",
    }
    command = [sys.executable, str(ROOT / "xtask" / "oracle" / "examples.py"), str(examples)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    ours, recorded, known = json.loads(done.stdout), RECORDED[name], ledger(name)
    without = {dag for dag, thing in known if thing == "-"}
    assert recorded.keys() - ours.keys() == without, (
        "the DAGs that ours does not have; those of the ledger which it has: take them out"
    )
    found = differences(ours, {dag: answer for dag, answer in recorded.items() if dag in ours})
    assert {place: both for place, both in found.items() if place not in known} == {}, "ours, and Airflow's"
    assert known.keys() - found.keys() - {(dag, "-") for dag in without} == set(), (
        "these agree now: take them out of the ledger"
    )
