"""What tasks are mapped over, as the engine reads it. It only counts: the items themselves are worked out in the task."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from updraft_airflow.authoring.expand import DictOfListsExpandInput, ExpandInput, MappedArgument
from updraft_airflow.authoring.xcom_arg import ConcatXComArg, MapXComArg, PlainXComArg, XComArg, ZipXComArg
from updraft_airflow.helpers import qualname
from updraft_airflow.unset import NOTSET


class Numbers:
    """Counts the functions of `map()` in a DAG: each is told by its place."""

    def __init__(self) -> None:
        self._next = 0

    def take(self) -> int:
        """The next number."""
        self._next += 1
        return self._next - 1


def expand_input(value: ExpandInput, numbers: Numbers) -> dict[str, Any]:
    """The arguments of `expand` or `expand_kwargs`."""
    sources = value.sources()
    if isinstance(value, DictOfListsExpandInput):
        return {"type": "dict-of-lists", "value": [[name, _source(one, numbers)] for name, one in sources.items()]}
    return {"type": "list-of-dicts", "value": _source(sources[""], numbers)}


def _source(value: Any, numbers: Numbers) -> dict[str, Any]:
    if isinstance(value, XComArg):
        return {"__type": "xcomref", "__var": _xcom_arg(value, numbers)}
    return {"__type": "literal", "__var": literal(value)}


def _xcom_arg(arg: XComArg, numbers: Numbers) -> dict[str, Any]:
    if isinstance(arg, PlainXComArg):
        return {"type": "plain", "task_id": arg.operator.task_id}
    if isinstance(arg, MapXComArg):
        described = _xcom_arg(arg.arg, numbers)
        for _ in arg.callables:
            described = {"type": "map", "arg": described, "callable": numbers.take()}
        return described
    if isinstance(arg, ConcatXComArg):
        return {"type": "concat", "args": [_xcom_arg(one, numbers) for one in arg.args]}
    if isinstance(arg, ZipXComArg):
        args = [_xcom_arg(one, numbers) for one in arg.args]
        if arg.fillvalue is NOTSET:
            return {"type": "zip", "args": args}
        return {"type": "zip_longest", "args": args, "fillvalue": literal(arg.fillvalue)}
    raise TypeError(f"cannot map over {type(arg).__name__}")


def literal(value: Any) -> Any:
    """A literal as JSON, of the same length; what JSON lacks is told by its class, so that it is the same each time."""
    if isinstance(value, (XComArg, MappedArgument)):
        return str(value) if isinstance(value, PlainXComArg) else {"__type": qualname(type(value))}
    if isinstance(value, Mapping):
        return {str(key): literal(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((literal(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [literal(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return {"__type": qualname(type(value))}
