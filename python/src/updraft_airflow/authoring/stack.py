"""Which DAG and which group the code that is being read stands in, and which DAGs it has made."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from updraft_airflow.authoring.dag import DAG

_dags: list[DAG] = []
_groups: list[Any] = []


class DagContext:
    """The DAGs whose `with` block is open, innermost last; and those that a file has made."""

    autoregistered_dags: list[DAG] = []
    current_autoregister_module_name: str | None = None

    @classmethod
    def push(cls, dag: DAG) -> None:
        """Enters the block of a DAG."""
        _dags.append(dag)
        _groups.append(dag.task_group)

    @classmethod
    def pop(cls) -> DAG | None:
        """Leaves the innermost block; the DAG is then one of the file."""
        _groups.pop()
        dag = _dags.pop()
        if dag.auto_register and dag not in cls.autoregistered_dags:
            cls.autoregistered_dags.append(dag)
        return dag

    @classmethod
    def get_current_dag(cls) -> DAG | None:
        """The innermost DAG."""
        return _dags[-1] if _dags else None

    get_current = get_current_dag


class TaskGroupContext:
    """The groups whose `with` block is open, innermost last."""

    @classmethod
    def push(cls, group: Any) -> None:
        """Enters the block of a group."""
        _groups.append(group)

    @classmethod
    def pop(cls) -> Any:
        """Leaves the innermost block."""
        return _groups.pop()

    @classmethod
    def get_current(cls, dag: DAG | None) -> Any:
        """The innermost group, if it belongs to that DAG; else the DAG's outermost."""
        if _groups and (dag is None or _groups[-1].dag is dag):
            return _groups[-1]
        return dag.task_group if dag is not None else None

    get_current_task_group = get_current


@contextmanager
def fresh() -> Iterator[list[DAG]]:
    """Reads a file: no block is open, and the list takes the DAGs that it makes."""
    before = (_dags[:], _groups[:], DagContext.autoregistered_dags)
    made: list[DAG] = []
    _dags[:], _groups[:], DagContext.autoregistered_dags = [], [], made
    try:
        yield made
    finally:
        _dags[:], _groups[:], DagContext.autoregistered_dags = before
