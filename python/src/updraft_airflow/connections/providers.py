"""What installed providers say of themselves, in their entry points `apache_airflow_provider`."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any, NamedTuple

from updraft_airflow import entry_points
from updraft_airflow.exceptions import AirflowException
from updraft_airflow.helpers import import_string

log = logging.getLogger(__name__)


class HookInfo(NamedTuple):
    """The hook of a type of connection."""

    hook_class_name: str
    connection_type: str
    package_name: str
    connection_id_attribute_name: str = "conn_id"
    hook_name: str = ""
    connection_testable: bool = False
    dialects: Any = None


class DialectInfo(NamedTuple):
    """A class that knows how a database speaks SQL."""

    name: str
    dialect_class_name: str
    provider_name: str


@cache
def _described() -> dict[str, dict[str, Any]]:
    described = {}
    for entry in entry_points.offered(entry_points.PROVIDERS):
        try:
            told = entry.load()()
        except ImportError as error:
            log.warning("the provider of `%s` cannot be read and is left out: %s", entry.value, error)
            continue
        described[told["package-name"]] = told
    return described


class ProvidersManager:
    """The installed providers."""

    @property
    def providers(self) -> dict[str, dict[str, Any]]:
        """What each says of itself, by the name of its package."""
        return _described()

    @property
    def hooks(self) -> dict[str, HookInfo]:
        """The hooks by type of connection."""
        return {
            hook["connection-type"]: HookInfo(hook["hook-class-name"], hook["connection-type"], package)
            for package, provider in _described().items()
            for hook in provider.get("connection-types", [])
        }

    @property
    def dialects(self) -> dict[str, DialectInfo]:
        """The dialects of SQL by name."""
        return {
            dialect["dialect-type"]: DialectInfo(dialect["dialect-type"], dialect["dialect-class-name"], package)
            for package, provider in _described().items()
            for dialect in provider.get("dialects", [])
        }


def hook_class(conn_type: str) -> tuple[Any, str]:
    """The hook of a type of connection, and the name of its argument for the connection."""
    info = ProvidersManager().hooks.get(conn_type)
    if info is None:
        raise AirflowException(f"no installed provider has a hook for connections of type `{conn_type}`")
    hook = import_string(info.hook_class_name)
    return hook, getattr(hook, "conn_name_attr", info.connection_id_attribute_name)
