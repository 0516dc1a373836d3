"""Values of Python as they travel in frames."""

from __future__ import annotations

import datetime as dt
import json
from enum import Enum
from typing import Any

from updraft_airflow import timezone


def request(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of a request: states are texts, times are plain ones in UTC."""
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return utc(timezone.coerce_datetime(value))
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str) and type(value) is not str:
        return str(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def utc(at: dt.datetime) -> dt.datetime:
    """A plain time: subclasses are no times on the wire."""
    return dt.datetime.fromtimestamp(at.timestamp(), tz=dt.timezone.utc)


def document(value: Any) -> Any:
    """A JSON document; what is none is told as Python writes it."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError):
        return str(value)
