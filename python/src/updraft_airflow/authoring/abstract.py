"""What every task has, whether it is mapped or not: its place in the graph and the arguments of all operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from updraft_airflow import compat
from updraft_airflow.authoring.arguments import TaskArguments
from updraft_airflow.authoring.node import DAGNode
from updraft_airflow.states import TriggerRule

if TYPE_CHECKING:
    from updraft_airflow.authoring.taskgroup import MappedTaskGroup, TaskGroup

DEFAULT_OWNER = "airflow"
DEFAULT_POOL_SLOTS = 1
DEFAULT_PRIORITY_WEIGHT = 1
DEFAULT_QUEUE = "default"
DEFAULT_RETRIES = 0
DEFAULT_RETRY_DELAY = dt.timedelta(seconds=300)
DEFAULT_TRIGGER_RULE = TriggerRule.ALL_SUCCESS


class AbstractOperator(TaskArguments, DAGNode):
    """A task as a DAG has it."""

    operator_class: type[Any] | dict[str, Any]
    template_fields: Sequence[str] = ()
    template_ext: Sequence[str] = ()
    template_fields_renderers: ClassVar[dict[str, str]] = {}
    ui_color: str = "#fff"
    ui_fgcolor: str = "#000"
    operator_extra_links: Sequence[Any] = ()
    inherits_from_empty_operator: bool = False
    inherits_from_skipmixin: bool = False
    is_mapped: ClassVar[bool] = False
    task_group: TaskGroup | None = None
    task_id: str
    _is_setup: bool = False
    _is_teardown: bool = False
    _on_failure_fail_dagrun: bool = False

    @property
    def task_type(self) -> str:
        """The name of its class."""
        raise NotImplementedError

    @property
    def operator_name(self) -> str:
        """The name that people see: that of its class, or `@task`."""
        raise NotImplementedError

    @property
    def node_id(self) -> str:
        return self.task_id

    @property
    def roots(self) -> Sequence[DAGNode]:
        return [self]

    @property
    def leaves(self) -> Sequence[DAGNode]:
        return [self]

    @property
    def task_display_name(self) -> str:
        """What people see instead of its id."""
        return self._task_display_name or self.task_id

    @property
    def output(self) -> Any:
        """What it will return, as an argument for others."""
        from updraft_airflow.authoring.xcom_arg import PlainXComArg

        return PlainXComArg(self)

    @property
    def upstream(self) -> Iterable[AbstractOperator]:
        """The tasks directly before it."""
        return self.upstream_list

    # Setups and teardowns.

    @property
    def is_setup(self) -> bool:
        """Whether it prepares something that a teardown takes away."""
        return self._is_setup

    @is_setup.setter
    def is_setup(self, value: bool) -> None:
        if value and self.is_teardown:
            raise ValueError(f"cannot mark task `{self.task_id}` as setup; it is already a teardown")
        self._is_setup = value

    @property
    def is_teardown(self) -> bool:
        """Whether it takes away what a setup has prepared."""
        return self._is_teardown

    @is_teardown.setter
    def is_teardown(self, value: bool) -> None:
        if value and self.is_setup:
            raise ValueError(f"cannot mark task `{self.task_id}` as teardown; it is already a setup")
        self._is_teardown = value

    @property
    def on_failure_fail_dagrun(self) -> bool:
        """Of a teardown: whether its failure fails the run all the same."""
        return self._on_failure_fail_dagrun

    @on_failure_fail_dagrun.setter
    def on_failure_fail_dagrun(self, value: bool) -> None:
        if value and not self.is_teardown:
            raise ValueError(f"cannot set on_failure_fail_dagrun for `{self.task_id}`: it is no teardown")
        self._on_failure_fail_dagrun = value

    def as_setup(self) -> AbstractOperator:
        self.is_setup = True
        return self

    def as_teardown(self, *, setups: Any = None, on_failure_fail_dagrun: bool | None = None) -> AbstractOperator:
        self.is_teardown = True
        self.trigger_rule = TriggerRule.ALL_DONE_SETUP_SUCCESS
        if on_failure_fail_dagrun is not None:
            self.on_failure_fail_dagrun = on_failure_fail_dagrun
        if setups is not None:
            for setup in setups if isinstance(setups, (list, tuple, set)) else [setups]:
                setup.as_setup()
                setup.set_downstream(self)
        return self

    def __enter__(self) -> AbstractOperator:
        from updraft_airflow.authoring.setup_teardown import SetupTeardownContext

        SetupTeardownContext.push([self])
        return self

    def __exit__(self, *_: object) -> None:
        from updraft_airflow.authoring.setup_teardown import SetupTeardownContext

        SetupTeardownContext.pop()

    # The groups around it, and what follows from them.

    def get_closest_mapped_task_group(self) -> MappedTaskGroup | None:
        """The innermost mapped group around it."""
        from updraft_airflow.authoring.taskgroup import MappedTaskGroup

        group = self.task_group
        while group is not None and not isinstance(group, MappedTaskGroup):
            group = group.parent_group
        return group

    def iter_mapped_task_groups(self) -> Iterable[MappedTaskGroup]:
        """The mapped groups around it, innermost first."""
        group = self.get_closest_mapped_task_group()
        if group is not None:
            yield group

    def get_needs_expansion(self) -> bool:
        """Whether it may have several copies in a run."""
        return self.is_mapped or self.get_closest_mapped_task_group() is not None

    def iter_mapped_dependants(self) -> Iterable[Any]:
        """The mapped tasks and groups that have a copy for each item that this one returns."""
        from updraft_airflow.authoring.mapped import MappedOperator
        from updraft_airflow.authoring.taskgroup import MappedTaskGroup

        if self.dag is None:
            return
        groups = [group for group in self.dag.task_group_dict.values() if isinstance(group, MappedTaskGroup)]
        mapped = [task for task in self.dag.tasks if isinstance(task, MappedOperator)]
        for node in (*mapped, *groups):
            # Airflow 2 wants something to map over also of what only stands in a list.
            source = node.expand_input
            if any(operator is self for operator in (source.operators() if self.dag.compat == 2 else source.counted())):
                yield node

    @property
    def operator_extra_link_dict(self) -> dict[str, Any]:
        """Its links by their names: those of its class, and those that plugins have for its class."""
        from updraft_airflow.plugins.loaded import plugins

        added = [link for link in plugins().parts("operator_extra_links") if self.operator_class in link.operators]
        return {link.name: link for link in (*self.operator_extra_links, *added)}

    @property
    def global_operator_extra_link_dict(self) -> dict[str, Any]:
        """The links that plugins have for all tasks."""
        from updraft_airflow.plugins.loaded import plugins

        return {link.name: link for link in plugins().parts("global_operator_extra_links")}

    @property
    def extra_links(self) -> list[str]:
        """The names of its links."""
        return sorted({**self.operator_extra_link_dict, **self.global_operator_extra_link_dict})

    def get_extra_links(self, ti: Any, link_name: str) -> str | None:
        """Where a link leads for an attempt; None if there is no such link."""
        link = {**self.global_operator_extra_link_dict, **self.operator_extra_link_dict}.get(link_name)
        return None if link is None else link.get_link(self, ti_key=ti.key)

    @property
    def leaves_run_state(self) -> bool:
        """Whether its failure fails the run: not that of a plain teardown."""
        return not self.is_teardown or self.on_failure_fail_dagrun

    def get_dag(self) -> Any:
        """Its DAG, if it has one."""
        return self.dag

    def __repr__(self) -> str:
        return f"<{'Mapped' if self.is_mapped else 'Task'}({self.task_type}): {self.task_id}>"

    def __lt__(self, other: Any) -> bool:
        return self.task_id < other.task_id


def check_trigger_rule(rule: Any, task_id: str) -> TriggerRule:
    """The rule of that name, if there is one at this level."""
    if not TriggerRule.is_valid(str(rule)):
        known = ", ".join(sorted(TriggerRule.all_triggers()))
        raise compat.wrong(f"task `{task_id}`: the trigger_rule must be one of {known}; received `{rule}`", ValueError)
    return TriggerRule(str(rule))
