"""The DAGs of `xtask/oracle/dags`, one for each rule, come to what they came to in real Airflow: `cargo xtask oracle` records it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECORDED = json.loads((ROOT / "oracle" / "dags.json").read_text())


def ledger(version):
    """What differs on purpose: by DAG and thing, the reason."""
    lines = (ROOT / "oracle" / "ledger-dags.txt").read_text().splitlines()
    words = [line.split(maxsplit=3) for line in lines if line and line[0] != "#"]
    return {(dag, thing): why for of, dag, thing, why in words if of == version}


def differences(ours, recorded):
    """By DAG and thing (its state, what it told, ...): ours, and Airflow's."""
    return {
        (dag, thing): (ours.get(dag, {}).get(thing), answer.get(thing))
        for dag, answer in recorded.items()
        for thing in {*answer, *ours.get(dag, {})}
        if ours.get(dag, {}).get(thing) != answer.get(thing)
    }


@pytest.mark.parametrize(("version", "level"), [("2.11.2", "2"), ("3.3.2", "3")])
def test_dags_come_to_what_they_come_to_in_airflow(version, level, tmp_path):
    environment = {
        "PYTHONPATH": str(ROOT / "python" / "src"),
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__UPDRAFT__COMPAT": level,
        "LEVEL": level,
    }
    command = [sys.executable, str(ROOT / "xtask" / "oracle" / "rules.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    ours, recorded = json.loads(done.stdout), RECORDED[version]
    assert ours.keys() == recorded.keys()
    found, known = differences(ours, recorded), ledger(version)
    assert {place: both for place, both in found.items() if place not in known} == {}, "ours, and Airflow's"
    assert known.keys() - found.keys() == set(), "these agree now: take them out of the ledger"
