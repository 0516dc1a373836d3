"""What all tests share: a level, a fresh file, an environment without settings of the machine."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting of the machine is seen, and no open DAG is left over."""
    from updraft_airflow.authoring.stack import fresh

    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "home"))
    with fresh():
        yield


@pytest.fixture
def level(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the compat level."""
    return lambda value: monkeypatch.setenv("AIRFLOW__UPDRAFT__COMPAT", str(value))


@pytest.fixture(params=[2, 3])
def each_level(request: pytest.FixtureRequest, level: Callable[[int], None]) -> int:
    """Runs the test at both levels."""
    level(request.param)
    return request.param


@pytest.fixture
def parse(tmp_path: Path) -> Callable[..., Any]:
    """Reads a file with this text."""
    from updraft_airflow.manifest.parse import parse as read

    def from_text(text: str, name: str = "dags.py") -> Any:
        file = tmp_path / name
        file.write_text(text)
        return read(str(file))

    return from_text


@pytest.fixture
def make_dag() -> Callable[..., Any]:
    """A DAG that runs when it is triggered."""
    from airflow import DAG

    def make(dag_id: str = "d", **options: Any) -> Any:
        return DAG(dag_id, **{"start_date": START, "schedule": None, **options})

    return make


def states(run: Any) -> dict[str, str]:
    """The states of the tasks of a run; of a copy under `task[index]`."""
    name = {ti: ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]" for ti in run.task_instances}
    return {name[ti]: str(ti.state) for ti in run.task_instances}
