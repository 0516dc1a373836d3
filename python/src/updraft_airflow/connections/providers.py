"""What installed providers say of themselves: which hook belongs to which type of connection."""

from __future__ import annotations

from functools import cache
from typing import Any

from updraft_airflow.exceptions import AirflowException
from updraft_airflow.helpers import import_string


@cache
def _hooks() -> dict[str, str]:
    """Class paths of hooks by type of connection, from the entry points `apache_airflow_provider`."""
    from importlib.metadata import entry_points

    found: dict[str, str] = {}
    for entry in entry_points(group="apache_airflow_provider"):
        described = entry.load()()
        for hook in described.get("connection-types", []):
            found.setdefault(hook["connection-type"], hook["hook-class-name"])
    return found


def hook_class(conn_type: str) -> tuple[Any, str]:
    """The hook of a type of connection, and the name of its argument for the connection."""
    path = _hooks().get(conn_type)
    if path is None:
        raise AirflowException(f"no installed provider has a hook for connections of type `{conn_type}`")
    hook = import_string(path)
    return hook, getattr(hook, "conn_name_attr", "conn_id")
