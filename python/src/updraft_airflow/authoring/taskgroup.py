"""Groups of tasks, for people to see and for many edges at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from updraft_airflow import compat
from updraft_airflow.authoring.abstract import AbstractOperator
from updraft_airflow.authoring.node import DAGNode
from updraft_airflow.authoring.stack import DagContext, TaskGroupContext
from updraft_airflow.exceptions import DuplicateTaskIdFound, TaskAlreadyInTaskGroup
from updraft_airflow.helpers import validate_group_key

if TYPE_CHECKING:
    from updraft_airflow.authoring.dag import DAG
    from updraft_airflow.authoring.expand import ExpandInput


class TaskGroup(DAGNode):
    """`with TaskGroup("load"):` around tasks; their ids then begin with `load.`."""

    def __init__(
        self,
        group_id: str | None,
        prefix_group_id: bool = True,
        parent_group: TaskGroup | None = None,
        dag: DAG | None = None,
        default_args: dict[str, Any] | None = None,
        tooltip: str = "",
        ui_color: str = "CornflowerBlue",
        ui_fgcolor: str = "#000",
        add_suffix_on_collision: bool = False,
        group_display_name: str = "",
        doc_md: str | None = None,
    ) -> None:
        super().__init__()
        self.prefix_group_id = prefix_group_id
        self.default_args = dict(default_args or {})
        self.tooltip = tooltip
        self.ui_color, self.ui_fgcolor = ui_color, ui_fgcolor
        self.group_display_name = group_display_name
        self.doc_md = doc_md
        self.children: dict[str, DAGNode] = {}
        self.dag = dag
        self.parent_group = None
        self._before: list[Any] = []
        self._after: list[Any] = []
        self._group_id = group_id
        self.used_group_ids: set[str] = set()
        if group_id is None:
            return
        validate_group_key(group_id)
        self._enter_dag(parent_group, add_suffix_on_collision)

    def _enter_dag(self, parent: TaskGroup | None, add_suffix: bool) -> None:
        if parent is None:
            self.dag = self.dag or DagContext.get_current_dag()
            parent = TaskGroupContext.get_current(self.dag)
        if parent is None:
            raise compat.wrong("TaskGroup can only be used inside a dag", RuntimeError)
        self.dag = self.dag or parent.dag
        self.parent_group = parent
        self.used_group_ids = parent.used_group_ids
        if add_suffix:
            self._group_id = free_id(str(self._group_id), lambda name: parent.child_id(name) in self.used_group_ids)
        parent.add(self)

    @classmethod
    def create_root(cls, dag: DAG) -> TaskGroup:
        """The group that holds everything in a DAG."""
        return cls(group_id=None, dag=dag)

    # What it is.

    @property
    def is_root(self) -> bool:
        """Whether it is the group that holds everything."""
        return self._group_id is None

    @property
    def group_id(self) -> str | None:
        """Its id in the DAG; that of the outermost group is `None`."""
        if self._group_id is None or self.parent_group is None:
            return self._group_id
        return self.parent_group.child_id(self._group_id)

    @property
    def node_id(self) -> str:
        return self.group_id or ""

    def child_id(self, label: str) -> str:
        """The id of something in it."""
        return f"{self.group_id}.{label}" if self.prefix_group_id and not self.is_root else label

    @property
    def upstream_join_id(self) -> str:
        """The id of the point at its beginning in pictures."""
        return f"{self.group_id}.upstream_join_id"

    @property
    def downstream_join_id(self) -> str:
        """The id of the point at its end in pictures."""
        return f"{self.group_id}.downstream_join_id"

    # What is in it.

    def add(self, node: DAGNode) -> DAGNode:
        """Puts a task or group into it."""
        existing = getattr(node, "task_group", None)
        if existing is not None and existing is not self:
            raise TaskAlreadyInTaskGroup(node.node_id, existing.group_id, str(self.group_id))
        key = node.node_id
        if key in self.used_group_ids or key in self.children:
            kind = "Task" if isinstance(node, AbstractOperator) else "Task group"
            raise DuplicateTaskIdFound(f"{kind} id '{key}' has already been added to the DAG")
        self.used_group_ids.add(key)
        self.children[key] = node
        if isinstance(node, AbstractOperator):
            node.task_group = self
        return node

    def iter_tasks(self) -> Iterator[AbstractOperator]:
        """The tasks in it and in the groups in it."""
        for child in self.children.values():
            if isinstance(child, TaskGroup):
                yield from child.iter_tasks()
            elif isinstance(child, AbstractOperator):
                yield child

    def __iter__(self) -> Iterator[AbstractOperator]:
        return self.iter_tasks()

    def get_child_by_label(self, label: str) -> DAGNode:
        """The task or group of that name in it."""
        return self.children[self.child_id(label)]

    def get_task_group_dict(self) -> dict[str | None, TaskGroup]:
        """It and all groups in it by id, parents before children."""
        found: dict[str | None, TaskGroup] = {self.group_id: self}
        for child in self.children.values():
            if isinstance(child, TaskGroup):
                found |= child.get_task_group_dict()
        return found

    def has_task(self, task: AbstractOperator) -> bool:
        """Whether the task is in it or in a group in it."""
        return any(mine is task for mine in self.iter_tasks())

    def topological_sort(self) -> list[DAGNode]:
        """What is in it, each after what it comes after."""
        inside = list(self.children.values())
        ids = {node: _task_ids(node) for node in inside}
        befores = {
            node: {before for task in _tasks(node) for before in task.upstream_task_ids} - ids[node] for node in inside
        }
        done: list[DAGNode] = []
        while inside:
            ready = next(
                (node for node in inside if not any(befores[node] & ids[other] for other in inside)), inside[0]
            )
            inside.remove(ready)
            done.append(ready)
        return done

    def iter_mapped_task_groups(self) -> Iterator[MappedTaskGroup]:
        """The mapped groups around it, itself included."""
        group: TaskGroup | None = self
        while group is not None:
            if isinstance(group, MappedTaskGroup):
                yield group
            group = group.parent_group

    # Its first and last tasks.

    @property
    def roots(self) -> Sequence[DAGNode]:
        return self.get_roots()

    @property
    def leaves(self) -> Sequence[DAGNode]:
        return self.get_leaves()

    def get_roots(self) -> list[AbstractOperator]:
        """Its tasks that come after none in it; for an empty group of Airflow 3 what comes after the group."""
        tasks = list(self.iter_tasks())
        if not tasks:
            return [root for node in self._after for root in node.roots] if self._passes_through() else []
        ids = {task.task_id for task in tasks}
        return [task for task in tasks if not task.upstream_task_ids & ids]

    def get_leaves(self) -> list[AbstractOperator]:
        """Its tasks that come before none in it; before a teardown, the work that it follows."""
        tasks = {task.task_id: task for task in self.iter_tasks()}
        if not tasks:
            return [leaf for node in self._before for leaf in node.leaves] if self._passes_through() else []
        found: dict[str, AbstractOperator] = {}
        for task in tasks.values():
            if not task.downstream_task_ids & tasks.keys():
                ends = _before_teardown(task, tasks) if task.is_teardown else [task]
                found.update({end.task_id: end for end in ends})
        return list(found.values())

    def _passes_through(self) -> bool:
        return self.dag is not None and self.dag.compat == 3

    def update_relative(self, other: Any, upstream: bool = True, edge_modifier: Any = None) -> None:
        (self._before if upstream else self._after).append(other)

    def _connect(self, others: Any, upstream: bool, edge_modifier: Any) -> None:
        if any(True for _ in self.iter_tasks()) or not self._passes_through():
            super()._connect(others, upstream, edge_modifier)
            return
        nodes = list(others) if isinstance(others, (list, tuple, set)) else [others]
        for node in nodes:
            for opposite in self._after if upstream else self._before:
                node._connect(opposite, not upstream, edge_modifier) if isinstance(node, DAGNode) else None
            self.update_relative(node, upstream, edge_modifier)
            node.update_relative(self, not upstream, edge_modifier)

    def as_setup(self) -> Any:
        raise compat.wrong("task groups cannot be setups", NotImplementedError)

    def as_teardown(self, *, setups: Any = None, on_failure_fail_dagrun: bool | None = None) -> Any:
        raise compat.wrong("task groups cannot be teardowns", NotImplementedError)

    def __enter__(self) -> TaskGroup:
        TaskGroupContext.push(self)
        return self

    def __exit__(self, *_: object) -> None:
        TaskGroupContext.pop()

    def __repr__(self) -> str:
        return f"<TaskGroup: {self.group_id}>"


class MappedTaskGroup(TaskGroup):
    """A group whose tasks have a copy for each item of something."""

    def __init__(self, *, expand_input: ExpandInput, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.expand_input = expand_input

    def __exit__(self, *_: object) -> None:
        for operator in self.expand_input.operators():
            self.set_upstream(operator)
        super().__exit__()


def free_id(wanted: str, taken: Any) -> str:
    """The id, or if it is taken, the first of `id__1`, `id__2`, ... that is not."""
    if not taken(wanted):
        return wanted
    base = re.split(r"__\d+$", wanted)[0]
    number = 1
    while taken(f"{base}__{number}"):
        number += 1
    return f"{base}__{number}"


def _tasks(node: DAGNode) -> list[AbstractOperator]:
    return list(node.iter_tasks()) if isinstance(node, TaskGroup) else [node]  # type: ignore[list-item]


def _task_ids(node: DAGNode) -> set[str]:
    return {task.task_id for task in _tasks(node)}


def _before_teardown(teardown: AbstractOperator, tasks: dict[str, AbstractOperator]) -> Iterator[AbstractOperator]:
    """The work that comes last before a teardown."""
    for task_id in sorted(teardown.upstream_task_ids & tasks.keys()):
        task = tasks[task_id]
        if task.is_teardown:
            yield from _before_teardown(task, tasks)
            continue
        work_after = [after for after in task.downstream_task_ids & tasks.keys() if not tasks[after].is_teardown]
        if not task.is_setup and not work_after:
            yield task


def get_task_group_children_getter(*_: Any, **__: Any) -> Any:
    """A function that lists what is in a group."""
    return TaskGroup.topological_sort
