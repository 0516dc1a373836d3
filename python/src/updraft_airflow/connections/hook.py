"""Hooks: what speaks with other systems."""

from __future__ import annotations

from typing import Any

from updraft_airflow.connections.connection import Connection, get_connection
from updraft_airflow.log import LoggingMixin


class BaseHook(LoggingMixin):
    """The base of all hooks."""

    def __init__(self, logger_name: str | None = None, **_: Any) -> None:
        super().__init__()
        if logger_name:
            import logging

            self._log = logging.getLogger(f"airflow.task.hooks.{logger_name}")

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        """The connection of that id."""
        return get_connection(conn_id)

    @classmethod
    async def aget_connection(cls, conn_id: str) -> Connection:
        """The same for coroutines, which go on meanwhile."""
        import asyncio

        return await asyncio.to_thread(get_connection, conn_id)

    @classmethod
    def get_connections(cls, conn_id: str) -> list[Connection]:
        """The connection of that id, in a list, as of old."""
        return [get_connection(conn_id)]

    @classmethod
    def get_hook(cls, conn_id: str, hook_params: dict[str, Any] | None = None) -> Any:
        """The hook of a connection's type."""
        return get_connection(conn_id).get_hook(hook_params=hook_params)

    def get_conn(self) -> Any:
        """What the hook speaks with."""
        raise NotImplementedError

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Further fields for forms; none."""
        return {}

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """How forms treat the fields; as they are."""
        return {}


class DiscoverableHook:
    """What a hook has that forms know of."""

    conn_name_attr: str
    default_conn_name: str
    conn_type: str
    hook_name: str
