"""Refuses to work beside a real Airflow: one of the two would silently lend its modules to the other."""

from __future__ import annotations

import os

OWN = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", "airflow"))
"""The folder of our `airflow/__init__.py`."""

MARKS = ("models/__init__.py", "sdk/__init__.py", "utils/__init__.py")
"""Files that a real Airflow has and no provider."""


class RealAirflowError(ImportError):
    """A real Airflow and Updraft's `airflow` namespace can both be imported."""


def find(path: list[str]) -> str | None:
    """The folder of a real Airflow among the folders that make up the `airflow` package."""
    for folder in path:
        own = os.path.realpath(folder) == OWN
        marks = MARKS if own else (*MARKS, "__init__.py")
        if any(os.path.isfile(os.path.join(folder, mark)) for mark in marks):
            return folder
    return None


def refuse(path: list[str]) -> None:
    """Raises if there is a real Airflow on the path."""
    folder = find(path)
    if folder is not None:
        raise RealAirflowError(
            f"a real Airflow is installed in `{folder}`, and the `airflow` namespace of Updraft in `{OWN}`: "
            "one of them has to go. Remove it with "
            "`python -m pip uninstall apache-airflow apache-airflow-core apache-airflow-task-sdk`"
        )
