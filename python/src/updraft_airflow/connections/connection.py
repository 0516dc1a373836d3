"""Connections: where something is and how to log in there."""

from __future__ import annotations

import json
import os
import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from updraft_airflow.exceptions import AirflowException, AirflowNotFoundException, AirflowRuntimeError, ErrorType
from updraft_airflow.log import mask_secret
from updraft_airflow.runtime import messages
from updraft_airflow.runtime.supervisor import ask

_FIELDS = ("conn_type", "description", "host", "schema", "login", "password", "port", "extra")
_ORDER = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")
"""The fields as Airflow writes them out."""
EXTRA_KEY = "__extra__"


class Connection:
    """A connection: `AIRFLOW_CONN_NAME` in the environment as a URI or JSON, else one of the store."""

    EXTRA_KEY = EXTRA_KEY

    def __init__(
        self,
        conn_id: str | None = None,
        conn_type: str | None = None,
        description: str | None = None,
        host: str | None = None,
        login: str | None = None,
        password: str | None = None,
        schema: str | None = None,
        port: int | None = None,
        extra: str | dict[str, Any] | None = None,
        uri: str | None = None,
    ) -> None:
        if uri and (conn_type or host or login or password or schema or port or extra):
            raise AirflowException("a connection is made of a URI or of its parts, not of both")
        self.conn_id, self.description = conn_id, description
        self.conn_type, self.host, self.login, self.password = conn_type, host, login, password
        self.schema, self.port = schema, int(port) if port not in (None, "") else None
        self.extra = json.dumps(extra) if extra is not None and not isinstance(extra, str) else extra
        if uri:
            self._read(uri)
        if self.password:
            mask_secret(self.password)

    def _read(self, uri: str) -> None:
        scheme = uri.split("://", 1)[0] if "://" in uri else uri.split(":", 1)[0]
        rest = uri[len(scheme) :].lstrip(":")
        parts = urlsplit(f"x:{rest}")
        inner = re.match(r"//([A-Za-z][\w+.-]*)://(.*)", rest, re.DOTALL)
        if inner:
            parts = urlsplit(f"x://{inner[2]}")
        self.conn_type = _type(scheme)
        # Parts that are missing are empty texts, and hosts are in small letters, as in Airflow 2.11.
        host = unquote(parts.hostname or "")
        self.host = f"{inner[1]}://{host}" if inner else host
        self.schema = unquote(parts.path[1:])
        self.login = unquote(parts.username) if parts.username else parts.username
        self.password = unquote(parts.password) if parts.password else None
        self.port = parts.port
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if query:
            self.extra = query[EXTRA_KEY] if EXTRA_KEY in query else json.dumps(query)

    @classmethod
    def from_uri(cls, uri: str, conn_id: str | None = None) -> Connection:
        """Reads a URI."""
        return cls(conn_id=conn_id, uri=uri)

    @classmethod
    def from_json(cls, value: str, conn_id: str | None = None) -> Connection:
        """Reads a JSON object with the parts."""
        parts = json.loads(value)
        parts = {name: part for name, part in parts.items() if name in (*_FIELDS, "uri")}
        if parts.get("conn_type"):
            parts["conn_type"] = _type(parts["conn_type"])
        return cls(conn_id=conn_id, **parts)

    @classmethod
    def get(cls, conn_id: str) -> Connection:
        """The connection of that id, from the environment or the store."""
        return get_connection(conn_id)

    get_connection_from_secrets = get

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """The further parts as a dict."""
        return self.get_extra_dejson()

    def get_extra_dejson(self, nested: bool = False) -> dict[str, Any]:
        """The further parts as a dict; if nested, texts that are JSON are read too."""
        if not self.extra:
            return {}
        try:
            extra = json.loads(self.extra)
        except ValueError:
            return {}
        if nested and isinstance(extra, dict):
            extra = {name: _json_or_text(value) for name, value in extra.items()}
        mask_secret(extra)
        return extra

    def get_password(self) -> str | None:
        """The password."""
        return self.password

    def get_uri(self) -> str:
        """All of it as a URI."""
        scheme = (self.conn_type or "").lower().replace("_", "-")
        host, protocol = self.host or "", ""
        if "://" in host:
            protocol, _, host = host.partition("://")
        user = quote(self.login, safe="") if self.login is not None else ""
        user += f":{quote(self.password, safe='')}" if self.password is not None else ""
        authority = f"{f'{user}@' if user else ''}{quote(host, safe='')}{f':{self.port}' if self.port else ''}"
        uri = f"{f'{scheme}:' if scheme else ''}//{f'{protocol}://' if protocol else ''}{authority}"
        uri += f"/{quote(self.schema, safe='')}" if self.schema else "/" if self.extra else ""
        return uri + self._query()

    def _query(self) -> str:
        if not self.extra:
            return ""
        extra = self.extra_dejson
        plain = isinstance(extra, dict) and extra and all(isinstance(value, str) for value in extra.values())
        return f"?{urlencode(extra if plain else {EXTRA_KEY: self.extra})}"

    def as_json(self) -> str:
        """All of it as JSON."""
        parts = self.to_dict(prune_empty=True)
        parts.pop("conn_id", None)
        return json.dumps(parts)

    def to_dict(self, *, prune_empty: bool = False, validate: bool = True) -> dict[str, Any]:
        """All of it as a dict."""
        parts = {name: getattr(self, name) for name in ("conn_id", *_ORDER)}
        parts["extra"] = self.extra_dejson
        # The type is always said, and the rest unless it is nothing.
        return {name: part for name, part in parts.items() if part or not prune_empty or name == "conn_type"}

    def get_hook(self, *, hook_params: dict[str, Any] | None = None) -> Any:
        """The hook of its type, from the provider that has it."""
        from updraft_airflow.connections.providers import hook_class

        hook, argument = hook_class(self.conn_type or "")
        return hook(**{argument: self.conn_id}, **(hook_params or {}))

    def test_connection(self) -> tuple[bool, str]:
        """Tries it out."""
        try:
            return self.get_hook().test_connection()
        except Exception as error:
            return False, str(error)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Connection) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return self.conn_id or ""


def get_connection(conn_id: str) -> Connection:
    """The connection of that id. Raises AirflowNotFoundException if there is none."""
    value = os.environ.get(f"AIRFLOW_CONN_{conn_id.upper()}")
    if value is not None:
        return (
            Connection.from_json(value, conn_id)
            if value.lstrip().startswith("{")
            else Connection.from_uri(value, conn_id)
        )
    answer = ask(messages.GetConnection(conn_id=conn_id))
    if isinstance(answer, messages.ConnectionResult):
        return Connection(conn_id, **{name: getattr(answer, name) for name in _FIELDS})
    if isinstance(answer, messages.ErrorResponse) and answer.error != ErrorType.CONNECTION_NOT_FOUND:
        raise AirflowRuntimeError(answer)
    raise AirflowNotFoundException(f"The conn_id `{conn_id}` isn't defined")


def _type(scheme: str) -> str:
    name = scheme.replace("-", "_")
    return "postgres" if name == "postgresql" else name


def _json_or_text(value: Any) -> Any:
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value
