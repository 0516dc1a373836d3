"""Labels on edges, and functions that connect many tasks at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from updraft_airflow import compat
from updraft_airflow.authoring.node import DependencyMixin

if TYPE_CHECKING:
    from updraft_airflow.authoring.dag import DAG


class EdgeModifier(DependencyMixin):
    """A label between tasks: `a >> Label("yes") >> b`."""

    def __init__(self, label: str | None = None) -> None:
        self.label = label
        self._before: list[DependencyMixin] = []
        self._after: list[DependencyMixin] = []

    @property
    def roots(self) -> Sequence[Any]:
        return [root for node in self._after for root in node.roots]

    @property
    def leaves(self) -> Sequence[Any]:
        return [leaf for node in self._before for leaf in node.leaves]

    def set_upstream(self, other: Any, edge_modifier: Any = None) -> None:
        self._connect(other, upstream=True)

    def set_downstream(self, other: Any, edge_modifier: Any = None) -> None:
        self._connect(other, upstream=False)

    def _connect(self, other: Any, *, upstream: bool) -> None:
        own, across = (self._before, self._after) if upstream else (self._after, self._before)
        nodes = list(other) if isinstance(other, (list, tuple, set)) else [other]
        own.extend(nodes)
        for node in nodes:
            for opposite in across:
                if upstream:
                    node.set_downstream(opposite, edge_modifier=self)
                else:
                    opposite.set_downstream(node, edge_modifier=self)

    def update_relative(self, other: DependencyMixin, upstream: bool = True, edge_modifier: Any = None) -> None:
        self._connect(other, upstream=upstream)

    def add_edge_info(self, dag: DAG, upstream_id: str, downstream_id: str) -> None:
        """Puts the label on an edge."""
        dag.set_edge_info(upstream_id, downstream_id, {"label": self.label})


def Label(label: str) -> EdgeModifier:
    """A label between tasks."""
    return EdgeModifier(label)


def chain(*tasks: Any) -> None:
    """Has each come after the one before. Two lists beside each other are joined in pairs and must be of one length."""
    for before, after in pairwise(tasks):
        if isinstance(before, DependencyMixin):
            before.set_downstream(after)
        elif isinstance(after, DependencyMixin):
            after.set_upstream(before)
        else:
            _join(before, after)


def _join(before: Any, after: Any) -> None:
    if not (isinstance(before, Sequence) and isinstance(after, Sequence)):
        raise TypeError(f"chain not supported between instances of {type(before)} and {type(after)}")
    if len(before) != len(after):
        raise compat.wrong(
            f"chain not supported for different length Iterable; got {len(before)} and {len(after)}", ValueError
        )
    for one, other in zip(before, after, strict=True):
        one.set_downstream(other)


def chain_linear(*elements: Any) -> None:
    """Has all of each come after all of the one before; lists may have different lengths."""
    if len(elements) < 2:
        raise ValueError("no dependencies were set: chain_linear wants two elements or more")
    for before, after in pairwise(elements):
        befores = [before] if isinstance(before, DependencyMixin) else before
        for node in befores:
            node.set_downstream(after if isinstance(after, DependencyMixin) else list(after))


def cross_downstream(from_tasks: Sequence[DependencyMixin], to_tasks: Any) -> None:
    """Has all of the second list come after all of the first."""
    for task in from_tasks:
        task.set_downstream(to_tasks)
