"""Descriptions are as recorded. The engine's own tests read the same files. `UPDRAFT_BLESS=1` records them anew."""

import json
import os
from pathlib import Path

import pytest

from updraft_airflow.manifest.parse import parse

HERE = Path(__file__).parent


@pytest.mark.parametrize("file", sorted((HERE / "dags").glob("*.py")), ids=lambda file: file.stem)
def test_descriptions_are_as_recorded(file):
    parsed = parse(str(file))
    assert not parsed.problems, parsed.problems[0].trace
    text = json.dumps(parsed.as_json(), indent=1, sort_keys=True).replace(str(HERE), "/dags") + "\n"
    golden = HERE / "golden" / f"{file.stem}.json"
    if os.environ.get("UPDRAFT_BLESS"):
        golden.write_text(text)
    assert text == golden.read_text()
