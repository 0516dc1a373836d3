"""The tasks of a DAG and their order."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from updraft_airflow.exceptions import AirflowDagCycleException, DuplicateTaskIdFound, TaskNotFound

if TYPE_CHECKING:
    import datetime as dt

    from updraft_airflow.authoring.abstract import AbstractOperator
    from updraft_airflow.authoring.arguments import Configured
    from updraft_airflow.authoring.taskgroup import TaskGroup
    from updraft_airflow.timetables.base import Timetable


class DagGraph:
    """What a DAG knows of its tasks."""

    dag_id: str
    compat: int
    start_date: dt.datetime | None
    end_date: dt.datetime | None
    timetable: Timetable

    def __init__(self, root: TaskGroup) -> None:
        self.task_dict: dict[str, AbstractOperator] = {}
        self.task_group = root
        self.edge_info: dict[str, dict[str, dict[str, Any]]] = {}
        self._root = root
        self.configured: Configured | None = None

    @property
    def tasks(self) -> list[AbstractOperator]:
        """Its tasks, in the order in which they were made."""
        return list(self.task_dict.values())

    @property
    def task_ids(self) -> list[str]:
        """Their ids."""
        return list(self.task_dict)

    @property
    def task_count(self) -> int:
        """How many there are."""
        return len(self.task_dict)

    @property
    def task_group_dict(self) -> dict[str, TaskGroup]:
        """Its groups by id, parents before children."""
        return {key: group for key, group in self._root.get_task_group_dict().items() if key is not None}

    @property
    def roots(self) -> list[AbstractOperator]:
        """Its tasks that come after none."""
        return [task for task in self.tasks if not task.upstream_task_ids]

    @property
    def leaves(self) -> list[AbstractOperator]:
        """Its tasks that come before none."""
        return [task for task in self.tasks if not task.downstream_task_ids]

    @property
    def teardowns(self) -> list[AbstractOperator]:
        """Its teardowns."""
        return [task for task in self.tasks if task.is_teardown]

    def add_task(self, task: AbstractOperator) -> None:
        """Puts a task into it."""
        dated = self.start_date is not None or task.start_date is not None
        if self.compat == 2 and self.timetable.can_be_scheduled and not dated:
            raise ValueError(f"dag `{self.dag_id}` has a schedule but no start_date, add one")
        found = self.task_dict.get(task.task_id)
        if found is task:
            return
        if found is not None:
            raise DuplicateTaskIdFound(f"Task id '{task.task_id}' has already been added to the DAG")
        if task.start_date is None:
            task.start_date = self.start_date
        elif self.start_date is not None:
            task.start_date = max(task.start_date, self.start_date)
        if task.end_date is None:
            task.end_date = self.end_date
        elif self.end_date is not None:
            task.end_date = min(task.end_date, self.end_date)
        self.task_dict[task.task_id] = task
        task.dag = self  # type: ignore[assignment]
        if task.task_group is None:
            self._root.add(task)

    def add_tasks(self, tasks: Iterable[AbstractOperator]) -> None:
        """Puts tasks into it."""
        for task in tasks:
            self.add_task(task)

    def has_task(self, task_id: str) -> bool:
        """Whether it has a task of that name."""
        return task_id in self.task_dict

    def has_task_group(self, task_group_id: str) -> bool:
        """Whether it has a group of that name."""
        return task_group_id in self.task_group_dict

    def get_task(self, task_id: str, include_subdags: bool = False) -> AbstractOperator:
        """The task of that name."""
        try:
            return self.task_dict[task_id]
        except KeyError:
            raise TaskNotFound(f"Task {task_id} not found") from None

    def set_dependency(self, upstream_task_id: str, downstream_task_id: str) -> None:
        """Has one task come after another."""
        self.get_task(upstream_task_id).set_downstream(self.get_task(downstream_task_id))

    def get_edge_info(self, upstream_task_id: str, downstream_task_id: str) -> dict[str, Any]:
        """What was said about an edge, its label for example."""
        return self.edge_info.get(upstream_task_id, {}).get(downstream_task_id, {})

    def set_edge_info(self, upstream_task_id: str, downstream_task_id: str, info: dict[str, Any]) -> None:
        """Says something about an edge."""
        self.edge_info.setdefault(upstream_task_id, {})[downstream_task_id] = info

    def topological_sort(self, include_subdag_tasks: bool = False) -> tuple[AbstractOperator, ...]:
        """Its tasks, each after those that it comes after. Raises if they wait for each other."""
        counts = {task.task_id: len(task.upstream_task_ids) for task in self.tasks}
        ready = [task_id for task_id, count in counts.items() if not count]
        done: list[AbstractOperator] = []
        for task_id in ready:
            task = self.task_dict[task_id]
            done.append(task)
            for after in sorted(task.downstream_task_ids):
                counts[after] -= 1
                if not counts[after]:
                    ready.append(after)
        if len(done) < len(counts):
            stuck = sorted(task_id for task_id, count in counts.items() if count)
            raise AirflowDagCycleException(f"Cycle detected in DAG {self.dag_id}: among the tasks {', '.join(stuck)}")
        return tuple(done)

    def check_cycle(self) -> None:
        """Raises if tasks wait for each other."""
        self.topological_sort()

    def partial_subset(
        self,
        task_ids_or_regex: str | Iterable[str] | re.Pattern[str],
        include_downstream: bool = False,
        include_upstream: bool = True,
        include_direct_upstream: bool = False,
        **old: Any,
    ) -> Any:
        """A DAG of some of its tasks: those that the expression is found in, or that have the ids, and their relatives."""
        wanted = task_ids_or_regex if task_ids_or_regex is not None else old.get("task_regex")
        if isinstance(wanted, (str, re.Pattern)):
            ids = {task_id for task_id in self.task_ids if re.search(wanted, task_id)}
        else:
            ids = {task_id for task_id in self.task_ids if task_id in set(wanted or ())}
        chosen = [self.get_task(task_id) for task_id in ids]
        for task in chosen:
            ids |= task.get_flat_relative_ids(upstream=False) if include_downstream else set()
            ids |= task.get_flat_relative_ids(upstream=True) if include_upstream else set()
            ids |= task.upstream_task_ids if include_direct_upstream else set()
        return _subset(self, ids)

    sub_dag = partial_subset


def _subset(dag: Any, ids: set[str]) -> Any:
    from updraft_airflow.authoring.taskgroup import TaskGroup

    part = copy.copy(dag)
    part.task_dict = {}
    part._root = part.task_group = TaskGroup.create_root(part)
    for task in dag.tasks:
        if task.task_id in ids:
            mine = copy.copy(task)
            mine.upstream_task_ids = task.upstream_task_ids & ids
            mine.downstream_task_ids = task.downstream_task_ids & ids
            object.__setattr__(mine, "dag", part)
            part.task_dict[task.task_id] = mine
    return part


def find_cycle(dag: DagGraph) -> None:
    """Raises if tasks of the DAG wait for each other."""
    dag.check_cycle()


def check_cycle(dag: DagGraph) -> None:
    """The same under its older name."""
    dag.check_cycle()
