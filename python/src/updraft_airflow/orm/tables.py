"""Airflow's database: its names import, so that files load, and say what to use instead when they are used."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from updraft_airflow.exceptions import AirflowException

T = TypeVar("T")

NEW_SESSION: Any = None


class DatabaseUseError(AirflowException):
    """A DAG file wants to use Airflow's database."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"`{what}`: Updraft has no SQLAlchemy session on Airflow's tables. Ask for and change runs, tasks, variables and "
            "connections with the `updraft` command instead (docs/python-dags.md, `Airflow's database`)"
        )


class Column:
    """A column, or what is made of it; it can be named but not asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Column:
        if name.startswith("__"):
            raise AttributeError(name)
        return Column(f"{self._name}.{name}")

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise DatabaseUseError(self._name)

    def _compare(self, _: object) -> Any:
        raise DatabaseUseError(self._name)

    __lt__ = __le__ = __gt__ = __ge__ = _compare

    def __repr__(self) -> str:
        return f"<column {self._name}>"


class TableMeta(type):
    """The class of tables: every name that they lack is a column."""

    def __getattr__(cls, name: str) -> Column:
        if name.startswith("_"):
            raise AttributeError(name)
        return Column(f"{cls.__name__}.{name}")


def _table(name: str) -> Any:
    def construct(self: Any, *_: Any, **__: Any) -> None:
        raise DatabaseUseError(name)

    return TableMeta(name, (), {"__init__": construct, "__doc__": f"Airflow's table of that name: `{name}`."})


class Session:
    """A session that can be passed on but not used."""

    def __init__(self, **_: Any) -> None:
        """It is made where files are read; it says nothing before it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Column(f"session.{name}")

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was used."""


SASession = Session
engine = Column("settings.engine")


@contextmanager
def create_session(*_: Any, **__: Any) -> Iterator[Session]:
    """A session that can be passed on but not used."""
    yield Session()


def provide_session(function: Callable[..., T]) -> Callable[..., T]:
    """Gives a function a session that can be passed on but not used."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> T:
        kwargs.setdefault("session", Session())
        return function(*args, **kwargs)

    return call


def trigger_dag(*_: Any, **__: Any) -> Any:
    """Airflow's own way to make a run."""
    raise DatabaseUseError("trigger_dag")


def clear_task_instances(*_: Any, **__: Any) -> Any:
    """Airflow's own way to clear tasks."""
    raise DatabaseUseError("clear_task_instances")


TABLES = [
    "BaseJob",
    "DagModel",
    "DagOwnerAttributes",
    "DagPickle",
    "DagTag",
    "DagWarning",
    "DagScheduleDatasetReference",
    "DatasetEvent",
    "DatasetModel",
    "AssetModel",
    "ImportError",
    "Job",
    "KnownEvent",
    "Log",
    "ParseImportError",
    "Pool",
    "RenderedTaskInstanceFields",
    "SerializedDagModel",
    "SlaMiss",
    "TaskFail",
    "TaskMap",
    "TaskReschedule",
    "Trigger",
    "XComModel",
    "TaskInstanceHistory",
    "DagVersion",
    "DagBundleModel",
    "DagBag",
    "TaskInstanceNote",
    "DagRunNote",
    "DagCode",
    "Backfill",
]


def __getattr__(name: str) -> Any:
    """A table of Airflow's database."""
    if name not in TABLES:
        raise AttributeError(name)
    made = _table(name)
    globals()[name] = made
    return made
