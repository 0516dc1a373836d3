"""`airflow.settings`: where things are."""

from __future__ import annotations

from typing import Any

from updraft_airflow.orm.tables import NEW_SESSION, SASession, Session, engine
from updraft_airflow.policies import (
    dag_policy,
    get_airflow_context_vars,
    get_dagbag_import_timeout,
    pod_mutation_hook,
    task_instance_mutation_hook,
    task_policy,
)

STATE_COLORS: dict[str, str] = {}

__all__ = [
    "NEW_SESSION", "STATE_COLORS", "SASession", "Session", "dag_policy", "engine", "get_airflow_context_vars",
    "get_dagbag_import_timeout", "pod_mutation_hook", "task_instance_mutation_hook", "task_policy",
]  # fmt: skip


def configure_orm(*_: Any, **__: Any) -> None:
    """There is no connection to set up."""


def initialize() -> None:
    """There is nothing to set up."""


def __getattr__(name: str) -> Any:
    from updraft_airflow import configuration, timezone

    known = {
        "TIMEZONE": timezone.default_timezone,
        "AIRFLOW_HOME": configuration.get_airflow_home,
        "DAGS_FOLDER": lambda: configuration.conf.get("core", "dags_folder"),
        "PLUGINS_FOLDER": lambda: configuration.conf.get("core", "plugins_folder"),
        "SQL_ALCHEMY_CONN": lambda: configuration.conf.get("database", "sql_alchemy_conn"),
        "conf": lambda: configuration.conf,
    }
    if name in known:
        return known[name]()
    raise AttributeError(name)
