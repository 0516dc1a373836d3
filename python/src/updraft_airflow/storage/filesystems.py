"""Which file system stands behind a scheme: this machine's, or what a provider makes of a connection."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from updraft_airflow.connections.providers import ProvidersManager

LOCAL = ("", "file", "local")
"""Schemes of files on this machine."""

_attached: dict[str, ObjectStore] = {}


class ObjectStore:
    """A file system of a scheme and a connection."""

    def __init__(
        self, protocol: str, conn_id: str | None, fs: Any = None, storage_options: Mapping[str, Any] | None = None
    ) -> None:
        self.protocol, self.conn_id = protocol, conn_id
        self.storage_options = dict(storage_options or {})
        self._fs = fs

    @property
    def fs(self) -> Any:
        """The file system of fsspec; it is made when it is first used."""
        if self._fs is None:
            self._fs = get_fs(self.protocol, self.conn_id, self.storage_options)
        return self._fs

    @property
    def fsid(self) -> str:
        """What tells its content from that of others."""
        return f"{self.fs.fsid}-{self.conn_id or 'env'}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectStore) and (self.protocol, self.conn_id) == (other.protocol, other.conn_id)

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.protocol}-{self.conn_id or 'env'}"


def attach(
    protocol: str | None = None,
    conn_id: str | None = None,
    encryption_type: str | None = "",
    storage_options: Mapping[str, Any] | None = None,
    fs: Any = None,
    alias: str | None = None,
) -> ObjectStore:
    """The store of a scheme and a connection, or under an alias. One that is given a file system keeps it from then on."""
    if alias is None and protocol is None:
        raise ValueError("a store has a protocol or an alias")
    name = alias or f"{protocol}-{conn_id or 'env'}"
    known = _attached.get(name)
    if known is not None and fs is None:
        return known
    if protocol is None:
        raise ValueError(f"there is no store with alias {alias!r} yet: say its protocol")
    made = ObjectStore(protocol, conn_id, fs, storage_options)
    # Other options make another file system, so only what is named or given serves later paths.
    if fs is not None or alias is not None or not storage_options:
        _attached[name] = made
    return made


@cache
def _makers() -> dict[str, Callable[..., Any]]:
    modules = [name for told in ProvidersManager().providers.values() for name in told.get("filesystems", ())]
    found: dict[str, Callable[..., Any]] = {}
    for name in modules:
        source = importlib.import_module(name)
        found.update(dict.fromkeys(source.schemes, source.get_fs))
    return found


def has_fs(scheme: str) -> bool:
    """Whether there is a file system for the scheme."""
    return scheme in LOCAL or scheme in _makers()


def get_fs(scheme: str, conn_id: str | None = None, storage_options: Mapping[str, Any] | None = None) -> Any:
    """The file system of fsspec for a scheme and a connection. Raises ValueError if no installed provider has one."""
    options = dict(storage_options or {})
    if scheme in LOCAL:
        from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-not-found]

        return LocalFileSystem(**options)
    make = _makers().get(scheme)
    if make is None:
        raise ValueError(f"no filesystem registered for scheme {scheme}: install the provider that has it")
    takes_options = len(inspect.signature(make).parameters) > 1
    if options and not takes_options:
        raise AttributeError(f"the filesystem of scheme {scheme} takes no storage options")
    return make(conn_id, options) if takes_options else make(conn_id)
