"""`airflow.settings`: where things are."""

from __future__ import annotations

from typing import Any

from updraft_airflow.orm.tables import NEW_SESSION, SASession, Session, engine

STATE_COLORS: dict[str, str] = {}

__all__ = ["NEW_SESSION", "STATE_COLORS", "SASession", "Session", "engine", "pod_mutation_hook"]


def configure_orm(*_: Any, **__: Any) -> None:
    """There is no connection to set up."""


def initialize() -> None:
    """There is nothing to set up."""


def pod_mutation_hook(pod: Any) -> None:
    """Changes pods of Kubernetes; a policy of one's own is not loaded yet, so nothing is changed."""


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
