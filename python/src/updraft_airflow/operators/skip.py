"""Having tasks after this one skipped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from updraft_airflow.authoring.operator import BaseOperator
from updraft_airflow.exceptions import AirflowException
from updraft_airflow.log import LoggingMixin

if TYPE_CHECKING:
    from updraft_airflow.authoring.abstract import AbstractOperator

XCOM_SKIPMIXIN_KEY = "skipmixin_key"
XCOM_SKIPMIXIN_SKIPPED = "skipped"
XCOM_SKIPMIXIN_FOLLOWED = "followed"


class SkipMixin(LoggingMixin):
    """Can have tasks after it skipped. What it decided is an XCom, so that tasks that come late know it."""

    inherits_from_skipmixin = True

    def skip(self, *args: Any, tasks: Iterable[AbstractOperator] | None = None, ti: Any = None, **context: Any) -> None:
        """Skips the tasks."""
        chosen = list(
            tasks if tasks is not None else args[-1] if args and isinstance(args[-1], (list, tuple, set)) else []
        )
        if not chosen:
            return
        from updraft_airflow.runtime.context import get_current_context

        instance = ti or get_current_context()["ti"]
        instance.xcom_push(XCOM_SKIPMIXIN_KEY, {XCOM_SKIPMIXIN_SKIPPED: [task.task_id for task in chosen]})
        skip_now(instance, chosen)

    def skip_all_except(self, ti: Any, branch_task_ids: None | str | Iterable[str]) -> None:
        """Skips all tasks directly after it but the branches and what follows them."""
        skip_all_except(ti, branch_task_ids)


def skip_all_except(ti: Any, branch_task_ids: None | str | Iterable[str]) -> None:
    """Skips all tasks directly after this one but the branches, and those that follow on a branch."""
    task, dag = ti.task, ti.task.dag
    if branch_task_ids is None:
        chosen: set[str] = set()
    elif isinstance(branch_task_ids, str):
        chosen = {branch_task_ids}
    elif isinstance(branch_task_ids, Iterable):
        chosen = set(branch_task_ids)
        wrong = sorted({type(item).__name__ for item in chosen if not isinstance(item, str)})
        if wrong:
            raise AirflowException(
                f"'branch_task_ids' expected all task IDs are strings. Invalid tasks found: {', '.join(wrong)}"
            )
    else:
        raise AirflowException(
            f"'branch_task_ids' must be either None, a task ID, or an Iterable of IDs, but got {type(branch_task_ids).__name__!r}."
        )
    groups = dag.task_group_dict
    unknown = sorted(chosen - dag.task_dict.keys() - groups.keys())
    if unknown:
        raise AirflowException(
            f"'branch_task_ids' must contain only valid task_ids. Invalid tasks found: {set(unknown)}."
        )
    followed = {root.task_id for name in chosen & groups.keys() for root in groups[name].roots}
    followed |= chosen & dag.task_dict.keys()
    below = set(followed)
    for task_id in followed:
        below |= dag.get_task(task_id).get_flat_relative_ids(upstream=False)
    skipped = [dag.get_task(task_id) for task_id in sorted(task.downstream_task_ids) if task_id not in below]
    ti.xcom_push(XCOM_SKIPMIXIN_KEY, {XCOM_SKIPMIXIN_FOLLOWED: sorted(followed & task.downstream_task_ids)})
    if skipped:
        skip_now(ti, skipped)


def skip_now(ti: Any, tasks: Iterable[AbstractOperator]) -> None:
    """Tells the supervisor; in a mapped group only this copy's tasks are meant."""
    from updraft_airflow.runtime import messages
    from updraft_airflow.runtime.supervisor import ask

    group = ti.task.get_closest_mapped_task_group() if ti.task is not None else None
    told: list[Any] = []
    for task in tasks:
        same = group is not None and task.get_closest_mapped_task_group() is group
        told.append((task.task_id, ti.map_index) if same else task.task_id)
    ti.has_skipped_others = True
    ask(messages.SkipDownstreamTasks(tasks=told))


class BranchMixIn(SkipMixin):
    """Chooses which of the tasks after it go on."""

    def do_branch(self, context: Any, branches_to_execute: None | str | Iterable[str]) -> Any:
        """Skips all others."""
        self.log.info("Branch into %s", branches_to_execute)
        skip_all_except(context["ti"], branches_to_execute)
        return branches_to_execute


class BaseBranchOperator(BaseOperator, BranchMixIn):
    """An operator of one's own that chooses is a class of this with a `choose_branch(self, context)`."""

    inherits_from_skipmixin = True

    def choose_branch(self, context: Any) -> str | Iterable[str] | None:
        """The id or ids of the tasks or groups that go on."""
        raise NotImplementedError

    def execute(self, context: Any) -> Any:
        return decided(context, self.do_branch(context, self.choose_branch(context)))


def decided(context: Any, value: Any) -> Any:
    """What a task that decides leaves as its `return_value`: in Airflow 3 nothing if it has skipped others."""
    return value if context["dag"].compat == 2 or not context["ti"].has_skipped_others else None
