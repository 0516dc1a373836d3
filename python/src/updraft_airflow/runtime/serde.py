"""XComs as JSON, in Airflow's form: what JSON lacks is `{"__classname__", "__version__", "__data__"}`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from updraft_airflow.helpers import import_string, qualname

CLASSNAME, VERSION, DATA = "__classname__", "__version__", "__data__"

_PLAIN = (str, int, float, bool, type(None))


def keeps_tuples(value: Any, level: int) -> bool:
    """Whether tuples within a value stay what they are at a compat level. In Airflow 2 they do if the whole value is one."""
    return level == 3 or isinstance(value, tuple)


def serialize(value: Any, *, keep_tuples: bool = True) -> Any:
    """The value as JSON; keys of dicts become text. Raises TypeError if it cannot be."""
    if isinstance(value, _PLAIN) and type(value) in _PLAIN:
        return value
    if isinstance(value, dict):
        if CLASSNAME in value:
            raise AttributeError(f"reserved key {CLASSNAME} found in dict to serialize")
        return {_key(key): serialize(item, keep_tuples=keep_tuples) for key, item in value.items()}
    if type(value) is list or (type(value) is tuple and not keep_tuples):
        return [serialize(item, keep_tuples=keep_tuples) for item in value]
    if isinstance(value, (tuple, set, frozenset)):
        kind = next(one for one in (tuple, set, frozenset) if isinstance(value, one))
        items = sorted(value, key=repr) if kind is not tuple else value
        data = [serialize(item, keep_tuples=keep_tuples) for item in items]
        return _wrap(f"builtins.{kind.__name__}", data)
    return _object(value, keep_tuples=keep_tuples)


def _key(key: Any) -> str:
    """A key as the text that JSON makes of it."""
    import json

    return key if isinstance(key, str) else json.dumps(key) if isinstance(key, _PLAIN) else str(key)


def _object(value: Any, *, keep_tuples: bool) -> Any:
    for kind, (name, encode, _) in _KNOWN.items():
        if isinstance(value, kind):
            return _wrap(name, encode(value))
    if isinstance(value, str):
        return str(getattr(value, "value", value))
    if isinstance(value, (int, float)):
        return value.real if not isinstance(value, float) else float(value)
    if hasattr(value, "root_items"):
        return [serialize(item, keep_tuples=keep_tuples) for item in value.root_items()]
    if callable(getattr(value, "serialize", None)) and not isinstance(value, type):
        data = value.serialize()
        return _wrap(qualname(type(value)), serialize(data, keep_tuples=keep_tuples), getattr(value, VERSION, 1))
    return _foreign(value, keep_tuples=keep_tuples)


def _foreign(value: Any, *, keep_tuples: bool) -> Any:
    import dataclasses

    kind: type[Any] = type(value)
    if dataclasses.is_dataclass(kind):
        data = {field.name: getattr(value, field.name) for field in dataclasses.fields(kind)}
        return _wrap(qualname(type(value)), serialize(data, keep_tuples=keep_tuples))
    if kind.__module__ == "decimal":
        return _wrap("decimal.Decimal", str(value))
    if kind.__module__ == "uuid":
        return _wrap("uuid.UUID", str(value))
    if kind.__module__.startswith("numpy"):
        return _wrap("numpy.ndarray", value.tolist()) if hasattr(value, "shape") and value.shape else value.item()
    if qualname(kind).startswith("pandas.") and kind.__name__ == "DataFrame":
        return _wrap("pandas.DataFrame", value.to_json(orient="split", date_format="iso"))
    raise TypeError(f"cannot serialize object of type {kind}")


def _wrap(name: str, data: Any, version: int = 1) -> dict[str, Any]:
    return {CLASSNAME: name, VERSION: version, DATA: data}


def deserialize(value: Any) -> Any:
    """What the JSON was made of."""
    if isinstance(value, list):
        return [deserialize(item) for item in value]
    if not isinstance(value, dict):
        return value
    if CLASSNAME not in value:
        return {key: deserialize(item) for key, item in value.items()}
    name, data = value[CLASSNAME], value.get(DATA)
    if name in _COLLECTIONS:
        return _COLLECTIONS[name](deserialize(item) for item in data or ())
    for known, _, decode in _KNOWN.values():
        if name == known:
            return decode(data)
    if name in _FOREIGN:
        return _FOREIGN[name](data)
    cls = import_string(name)
    if hasattr(cls, "deserialize"):
        return cls.deserialize(deserialize(data), value.get(VERSION, 1))
    return cls(**deserialize(data))


def _read_datetime(data: Any) -> dt.datetime:
    from updraft_airflow import timezone

    if isinstance(data, dict):
        return dt.datetime.fromtimestamp(data["timestamp"], tz=timezone.parse_timezone(data["tz"] or "UTC"))
    return dt.datetime.fromisoformat(data)


def _read_frame(data: str) -> Any:
    import io

    import pandas  # type: ignore[import-not-found]

    return pandas.read_json(io.StringIO(data), orient="split")


def _read_array(data: Any) -> Any:
    import numpy  # type: ignore[import-not-found]

    return numpy.array(data)


_COLLECTIONS: dict[str, Any] = {"builtins.tuple": tuple, "builtins.set": set, "builtins.frozenset": frozenset}

_KNOWN: dict[type, tuple[str, Any, Any]] = {
    dt.datetime: ("datetime.datetime", lambda value: value.isoformat(), _read_datetime),
    dt.date: ("datetime.date", lambda value: value.isoformat(), dt.date.fromisoformat),
    dt.timedelta: ("datetime.timedelta", lambda value: value.total_seconds(), lambda data: dt.timedelta(seconds=data)),
}

_FOREIGN: dict[str, Any] = {
    "decimal.Decimal": lambda data: import_string("decimal.Decimal")(data),
    "uuid.UUID": lambda data: import_string("uuid.UUID")(data),
    "numpy.ndarray": _read_array,
    "pandas.DataFrame": _read_frame,
}
