"""`with teardown:` has the tasks of the block come after the setups and before the teardown."""

from __future__ import annotations

from typing import Any


class SetupTeardownContext:
    """The blocks that are open, innermost last: their nodes, and the tasks made in them."""

    _open: list[tuple[list[Any], list[Any]]] = []

    @classmethod
    def push(cls, nodes: list[Any]) -> None:
        """Enters a block."""
        cls._open.append((nodes, []))

    @classmethod
    def note(cls, task: Any) -> None:
        """Notes that a task is made in the innermost block."""
        if cls._open:
            cls._open[-1][1].append(task)

    @classmethod
    def pop(cls) -> None:
        """Leaves the innermost block, and connects what was made in it."""
        nodes, made = cls._open.pop()
        teardowns = [node for node in nodes if node.is_teardown]
        setups = [node for node in nodes if node.is_setup]
        for teardown in teardowns:
            setups += [task for task in teardown.upstream_list if task.is_setup and task not in setups]
        for setup in setups if not teardowns else []:
            teardowns += [task for task in setup.downstream_list if task.is_teardown and task not in teardowns]
        work = [task for task in made if task not in setups and task not in teardowns]
        ids = {task.task_id for task in work}
        for task in work:
            if not task.upstream_task_ids & ids and not task.is_setup:
                for setup in setups:
                    setup.set_downstream(task)
            if not (task.downstream_task_ids & ids) and not task.is_teardown:
                for teardown in teardowns:
                    teardown.set_upstream(task)
        if cls._open:
            cls._open[-1][1].extend([*made, *(node for node in nodes if node not in made)])


def context_wrapper(nodes: list[Any]) -> Any:
    """Several setups or teardowns for one block."""
    return _Several(nodes)


class _Several:
    def __init__(self, nodes: list[Any]) -> None:
        self.nodes = nodes

    def __enter__(self) -> list[Any]:
        SetupTeardownContext.push(self.nodes)
        return self.nodes

    def __exit__(self, *_: object) -> None:
        SetupTeardownContext.pop()
