"""The DAGs of `ask_rules.py` come to what they came to in real Airflow, at both levels."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ORACLE = json.loads((HERE.parents[1] / "oracle" / "python_rules.json").read_text())


@pytest.mark.parametrize(("version", "level"), [("2.11.2", "2"), ("3.3.2", "3")])
def test_rules_are_those_of_airflow(version, level, tmp_path):
    answers = tmp_path / "answers"
    environment = {
        "PYTHONPATH": str(HERE.parent / "src"),
        "PATH": os.environ["PATH"],
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__UPDRAFT__COMPAT": level,
        "LEVEL": level,
        "ANSWERS": str(answers),
    }
    command = [sys.executable, str(HERE / "ask_rules.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    told = dict(json.loads(line) for line in answers.read_text().splitlines())
    recorded = ORACLE[version]
    different = {
        question: (told.get(question), answer) for question, answer in recorded.items() if told.get(question) != answer
    }
    assert different == {}, "ours, and Airflow's"
    assert told.keys() == recorded.keys()
