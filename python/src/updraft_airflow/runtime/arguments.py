"""What the arguments of a task are while it runs: results of others, and the items of a mapped task's copies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from updraft_airflow.authoring.expand import DictOfListsExpandInput, ExpandInput
from updraft_airflow.authoring.resolve import ResolveMixin
from updraft_airflow.authoring.xcom_arg import (
    XCOM_RETURN_KEY,
    ConcatXComArg,
    MapXComArg,
    PlainXComArg,
    XComArg,
    ZipXComArg,
)
from updraft_airflow.exceptions import XComNotFound
from updraft_airflow.runtime import messages, xcom
from updraft_airflow.unset import NOTSET


def resolve(value: Any, context: Any) -> Any:
    """The value, with results of tasks in lists and dicts in the place of what stands for them."""
    if isinstance(value, ResolveMixin):
        return value.resolve(context)
    if isinstance(value, dict):
        return {key: resolve(item, context) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)) and type(value) in (list, tuple, set):
        return type(value)(resolve(item, context) for item in value)
    return value


def resolve_plain(arg: PlainXComArg, context: Any) -> Any:
    """What a task has left: for a mapped one what all its copies have, unless both stand in the same mapped group."""
    ti, operator = context["ti"], arg.operator
    where = {"dag_id": operator.dag_id, "run_id": ti.run_id, "task_id": operator.task_id}
    shared = shares_index(operator, ti.task)
    if operator.get_needs_expansion() and not shared:
        return xcom.LazyXComSequence(key=arg.key, **where)
    index = ti.map_index if shared else None
    found, value = xcom.find(messages.GetXCom(key=arg.key, map_index=index, **where))
    if found:
        return value
    if arg.key == XCOM_RETURN_KEY:
        return None
    raise XComNotFound(operator.dag_id, operator.task_id, arg.key)


def shares_index(operator: Any, task: Any) -> bool:
    """Whether both stand in the same mapped group, so that copies belong to each other."""
    group = operator.get_closest_mapped_task_group()
    return group is not None and task is not None and task.get_closest_mapped_task_group() is group


class LazyItems(Sequence[Any]):
    """The items of a value that is mapped, zipped or concatenated; worked out when they are used."""

    def __init__(self, source: Any, context: Any) -> None:
        self._source, self._context = source, context

    def __len__(self) -> int:
        return length(self._source, self._context)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(index)
        return item(self._source, at, self._context)

    def __iter__(self) -> Iterator[Any]:
        return (self[at] for at in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def root_items(self) -> list[Any]:
        """All of them, to be left as an XCom."""
        return list(self)


def length(source: Any, context: Any) -> int:
    """How many items there are to map over."""
    if isinstance(source, MapXComArg):
        return length(source.arg, context)
    if isinstance(source, ZipXComArg):
        lengths = [length(arg, context) for arg in source.args]
        return min(lengths) if source.fillvalue is NOTSET else max(lengths)
    if isinstance(source, ConcatXComArg):
        return sum(length(arg, context) for arg in source.args)
    if isinstance(source, XComArg):
        return len(_value(source, context))
    return len(source)


def item(source: Any, at: int, context: Any) -> Any:
    """One of the items; of a dict the entry, as key and value."""
    if isinstance(source, MapXComArg):
        value = item(source.arg, at, context)
        for function in source.callables:
            value = function(value)
        return value
    if isinstance(source, ZipXComArg):
        return tuple(item(arg, at, context) if at < length(arg, context) else source.fillvalue for arg in source.args)
    if isinstance(source, ConcatXComArg):
        for arg in source.args:
            count = length(arg, context)
            if at < count:
                return item(arg, at, context)
            at -= count
        raise IndexError(at)
    if isinstance(source, XComArg):
        return _entry(_value(source, context), at)
    return resolve(_entry(source, at), context)


def _value(source: Any, context: Any) -> Any:
    value = source.resolve(context)
    return () if value is None else value


def _entry(value: Any, at: int) -> Any:
    if isinstance(value, Mapping):
        return list(value.items())[at]
    return value[at] if isinstance(value, Sequence) else list(value)[at]


def copies(expand_input: ExpandInput, context: Any) -> int:
    """How many copies a mapped task or group has."""
    return math.prod(length(source, context) for source in expand_input.sources().values())


def static_copies(expand_input: ExpandInput) -> int | None:
    """The same, if it is known before anything has run: all that is mapped over is written out."""
    sources = expand_input.sources().values()
    if any(isinstance(source, ResolveMixin) for source in sources):
        return None
    return math.prod(len(source) for source in sources)


def copy_arguments(expand_input: ExpandInput, context: Any) -> dict[str, Any]:
    """The arguments of one copy; the last one varies fastest."""
    sources, rest = expand_input.sources(), context["ti"].map_index
    if not isinstance(expand_input, DictOfListsExpandInput):
        found = item(sources[""], rest, context)
        if not isinstance(found, Mapping):
            raise ValueError(f"expand_kwargs() expects a list[dict], not list[{type(found).__name__}]")
        wrong = next((name for name in found if not isinstance(name, str)), None)
        if wrong is not None:
            raise ValueError(f"expand_kwargs() input dict keys must all be str, but {wrong!r} is not")
        return {name: resolve(value, context) for name, value in found.items()}
    arguments: dict[str, Any] = {}
    for name, source in reversed(sources.items()):
        rest, at = divmod(rest, length(source, context))
        arguments[name] = item(source, at, context)
    return {name: arguments[name] for name in sources}
