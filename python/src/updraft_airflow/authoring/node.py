"""What can stand in `a >> b`: tasks, groups, results of tasks, labels, and lists of these."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from updraft_airflow import compat

if TYPE_CHECKING:
    from updraft_airflow.authoring.abstract import AbstractOperator
    from updraft_airflow.authoring.dag import DAG


class DependencyMixin:
    """Something that comes before or after something else."""

    @property
    def roots(self) -> Sequence[DAGNode]:
        """Its first tasks: what comes before it comes before these."""
        raise NotImplementedError

    @property
    def leaves(self) -> Sequence[DAGNode]:
        """Its last tasks: what comes after it comes after these."""
        raise NotImplementedError

    def set_upstream(self, other: Any, edge_modifier: Any = None) -> None:
        """Has it come after the other."""
        raise NotImplementedError

    def set_downstream(self, other: Any, edge_modifier: Any = None) -> None:
        """Has it come before the other."""
        raise NotImplementedError

    def update_relative(self, other: DependencyMixin, upstream: bool = True, edge_modifier: Any = None) -> None:
        """Is told that the other has been connected with it."""

    def as_setup(self) -> Any:
        """Makes it prepare something that a teardown takes away."""
        raise NotImplementedError

    def as_teardown(self, *, setups: Any = None, on_failure_fail_dagrun: bool | None = None) -> Any:
        """Makes it take away what setups have prepared."""
        raise NotImplementedError

    def __lshift__(self, other: Any) -> Any:
        self.set_upstream(other)
        return other

    def __rshift__(self, other: Any) -> Any:
        self.set_downstream(other)
        return other

    def __rrshift__(self, other: Any) -> Any:
        self.__lshift__(other)
        return self

    def __rlshift__(self, other: Any) -> Any:
        self.__rshift__(other)
        return self


class DAGNode(DependencyMixin):
    """A task or a group: it has an id in a DAG and edges to others."""

    dag: DAG | None
    task_group: Any

    def __init__(self) -> None:
        self.upstream_task_ids: set[str] = set()
        self.downstream_task_ids: set[str] = set()
        super().__init__()

    @property
    def node_id(self) -> str:
        """Its id in the DAG."""
        raise NotImplementedError

    @property
    def label(self) -> str:
        """Its id without those of the groups around it."""
        group = getattr(self, "task_group", None) or getattr(self, "parent_group", None)
        prefix = f"{group.node_id}." if group is not None and group.prefix_group_id and group.node_id else ""
        return self.node_id.removeprefix(prefix)

    @property
    def dag_id(self) -> str:
        """The id of its DAG."""
        return self.dag.dag_id if self.dag is not None else "_in_memory_dag_"

    def has_dag(self) -> bool:
        """Whether it is in a DAG."""
        return self.dag is not None

    @property
    def upstream_list(self) -> list[AbstractOperator]:
        """The tasks directly before it."""
        return [self._dag.get_task(task_id) for task_id in sorted(self.upstream_task_ids)]

    @property
    def downstream_list(self) -> list[AbstractOperator]:
        """The tasks directly after it."""
        return [self._dag.get_task(task_id) for task_id in sorted(self.downstream_task_ids)]

    @property
    def _dag(self) -> DAG:
        if self.dag is None:
            raise compat.wrong(f"{self} has no dag", RuntimeError)
        return self.dag

    def get_direct_relative_ids(self, upstream: bool = False) -> set[str]:
        """The ids of the tasks directly before or after it."""
        return self.upstream_task_ids if upstream else self.downstream_task_ids

    def get_direct_relatives(self, upstream: bool = False) -> Iterable[AbstractOperator]:
        """The tasks directly before or after it."""
        return self.upstream_list if upstream else self.downstream_list

    def get_flat_relative_ids(self, *, upstream: bool = False) -> set[str]:
        """The ids of all tasks before or after it."""
        found: set[str] = set()
        waiting = list(self.get_direct_relative_ids(upstream))
        while waiting:
            task_id = waiting.pop()
            if task_id not in found:
                found.add(task_id)
                waiting.extend(self._dag.get_task(task_id).get_direct_relative_ids(upstream))
        return found

    def get_flat_relatives(self, upstream: bool = False) -> list[AbstractOperator]:
        """All tasks before or after it."""
        return [self._dag.get_task(task_id) for task_id in sorted(self.get_flat_relative_ids(upstream=upstream))]

    def set_upstream(self, other: Any, edge_modifier: Any = None) -> None:
        self._connect(other, True, edge_modifier)

    def set_downstream(self, other: Any, edge_modifier: Any = None) -> None:
        self._connect(other, False, edge_modifier)

    def _connect(self, others: Any, upstream: bool, edge_modifier: Any) -> None:
        """Adds the edges between its tasks and those of the others, and puts tasks without a DAG into the DAG."""
        others = list(others) if isinstance(others, (list, tuple, set)) else [others]
        tasks: list[Any] = []
        for other in others:
            if not isinstance(other, DependencyMixin):
                raise compat.wrong(
                    f"relationships can only be set between tasks, groups and their results; received {type(other).__name__}"
                )
            other.update_relative(self, not upstream, edge_modifier)
            self.update_relative(other, upstream, edge_modifier)
            tasks.extend(other.leaves if upstream else other.roots)
        own: list[Any] = list(self.roots if upstream else self.leaves)
        dag = _common_dag([*own, *tasks, self])
        for node in (*own, *tasks):
            if node.dag is None and dag is not None:
                dag.add_task(node)
        for mine in own:
            for task in tasks:
                before, after = (task, mine) if upstream else (mine, task)
                add_edge(before, after, edge_modifier)


def add_edge(before: Any, after: Any, edge_modifier: Any = None) -> None:
    """Has one task come after another."""
    before.downstream_task_ids.add(after.task_id)
    after.upstream_task_ids.add(before.task_id)
    if edge_modifier is not None:
        edge_modifier.add_edge_info(before.dag, before.task_id, after.task_id)


def _common_dag(nodes: list[Any]) -> DAG | None:
    dags = {id(node.dag): node.dag for node in nodes if node.dag is not None}
    if len(dags) > 1:
        names = ", ".join(sorted(f"`{dag.dag_id}`" for dag in dags.values()))
        raise compat.wrong(f"tried to set relationships between tasks in more than one dag: {names}", RuntimeError)
    if not dags:
        names = ", ".join(f"`{node.node_id}`" for node in nodes)
        raise compat.wrong(f"tried to create relationships between tasks that have no dag yet: {names}", ValueError)
    return next(iter(dags.values()))
