"""Leaving values for other tasks, and taking them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from updraft_airflow.authoring.xcom_arg import XCOM_RETURN_KEY
from updraft_airflow.exceptions import AirflowRuntimeError
from updraft_airflow.runtime import messages, serde
from updraft_airflow.runtime.supervisor import ask


class BaseXCom:
    """How values are kept. A class of one's own, named by `[core] xcom_backend`, may override the two methods."""

    XCOM_RETURN_KEY = XCOM_RETURN_KEY

    @staticmethod
    def serialize_value(
        value: Any,
        *,
        key: str | None = None,
        task_id: str | None = None,
        dag_id: str | None = None,
        run_id: str | None = None,
        map_index: int | None = None,
    ) -> Any:
        """The value as it is kept: JSON."""
        return serde.serialize(value)

    @staticmethod
    def deserialize_value(result: Any) -> Any:
        """The value that was kept."""
        value = getattr(result, "value", result)
        return serde.deserialize(value)

    @classmethod
    def get_value(cls, *, ti_key: Any, key: str) -> Any:
        """The value that a task has left."""
        return cls.get_one(
            key=key, task_id=ti_key.task_id, dag_id=ti_key.dag_id, run_id=ti_key.run_id, map_index=ti_key.map_index
        )

    @classmethod
    def get_one(
        cls,
        *,
        key: str,
        dag_id: str,
        task_id: str,
        run_id: str,
        map_index: int | None = None,
        include_prior_dates: bool = False,
        **_: Any,
    ) -> Any:
        """The value that a task has left, if there is one."""
        found = _result(ask(messages.GetXCom(key, dag_id, run_id, task_id, map_index, include_prior_dates)))
        return read(found.value) if found.found else None

    @classmethod
    def set(
        cls,
        key: str,
        value: Any,
        *,
        dag_id: str,
        task_id: str,
        run_id: str,
        map_index: int = -1,
        **_: Any,
    ) -> None:
        """Leaves a value."""
        done(ask(messages.SetXCom(key, write(value), dag_id, run_id, task_id, map_index)))


XCom = BaseXCom


def backend() -> type[BaseXCom]:
    """The class that keeps values: `[core] xcom_backend`."""
    from updraft_airflow.configuration import conf

    path = conf.get("core", "xcom_backend", fallback="")
    if not path or path.endswith(".BaseXCom"):
        return BaseXCom
    from updraft_airflow.helpers import import_string

    return import_string(path)


def write(value: Any, *, level: int = 3, **where: Any) -> Any:
    """The value as it is kept."""
    kind = backend()
    if kind is BaseXCom:
        return serde.serialize(value, keep_tuples=serde.keeps_tuples(value, level))
    kept = kind.serialize_value(value, **where)
    return json.loads(kept) if isinstance(kept, (bytes, bytearray)) else kept


def read(kept: Any) -> Any:
    """The value that was kept."""
    kind = backend()
    return serde.deserialize(kept) if kind is BaseXCom else kind.deserialize_value(_Kept(kept))


class _Kept:
    def __init__(self, value: Any) -> None:
        self.value = value


def done(answer: messages.Answer) -> None:
    """Raises if something was not done."""
    if isinstance(answer, messages.ErrorResponse):
        raise AirflowRuntimeError(answer)


def _result(answer: messages.Answer) -> messages.XComResult:
    if isinstance(answer, messages.XComResult):
        return answer
    raise AirflowRuntimeError(answer)


def find(request: messages.GetXCom | messages.UpdraftGetNewestXCom | messages.UpdraftGetXComItem) -> tuple[bool, Any]:
    """Whether there is such a value, and which."""
    found = _result(ask(request))
    return found.found, read(found.value) if found.found else None


class LazyXComSequence(Sequence[Any]):
    """The values that the copies of a mapped task have left, in the order of their indexes; fetched when they are used."""

    def __init__(self, dag_id: str, run_id: str, task_id: str, key: str = XCOM_RETURN_KEY) -> None:
        self._place = {"dag_id": dag_id, "run_id": run_id, "task_id": task_id, "key": key}
        self._length: int | None = None

    def __len__(self) -> int:
        if self._length is None:
            answer = ask(messages.GetXComCount(**self._place))
            if not isinstance(answer, messages.XComCountResponse):
                raise AirflowRuntimeError(answer)
            self._length = answer.len
        return self._length

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self._slice(index)
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        answer = ask(messages.GetXComSequenceItem(**self._place, offset=index))
        if not isinstance(answer, messages.XComSequenceIndexResult):
            raise IndexError(index)
        return read(answer.root)

    def _slice(self, index: slice) -> list[Any]:
        answer = ask(messages.GetXComSequenceSlice(**self._place, start=index.start, stop=index.stop, step=index.step))
        if not isinstance(answer, messages.XComSequenceSliceResult):
            raise AirflowRuntimeError(answer)
        return [read(item) for item in answer.root]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._slice(slice(None)))

    def __eq__(self, other: object) -> bool:
        return (
            list(self) == list(other) if isinstance(other, Sequence) and not isinstance(other, str) else NotImplemented
        )

    __hash__ = None  # type: ignore[assignment]

    def root_items(self) -> list[Any]:
        """All of them, to be left as an XCom."""
        return list(self)

    def __repr__(self) -> str:
        return f"LazyXComSequence({len(self)} items)"


LazyXComSelectSequence = LazyXComSequence
LazyXComAccess = LazyXComSequence
