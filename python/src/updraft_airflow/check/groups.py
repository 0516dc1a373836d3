"""Groups without tasks that stand between others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from updraft_airflow.check.note import Note

if TYPE_CHECKING:
    from updraft_airflow.check.scan import Scan


def look(scan: Scan) -> Iterator[Note]:
    """A note where such a group is put between two others."""
    for name in _empty(scan):
        before = [node for node in _shifts(scan.tree) if _is(node.right, name)]
        after = [node for node in _shifts(scan.tree) if _is(_last(node.left), name)]
        pairs = [(one, other) for one in before for other in after if type(one.op) is type(other.op)]
        if pairs:
            yield from scan.differs(pairs[0][1].lineno, "empty_group")


def _empty(scan: Scan) -> Iterator[str]:
    """The names of groups that are known to have no tasks: they do nothing but stand in `>>` and `<<`."""
    for node in ast.walk(scan.tree):
        if not isinstance(node, ast.With) or any(not _is_nothing(statement) for statement in node.body):
            continue
        for item in node.items:
            made = item.context_expr
            is_group = isinstance(made, ast.Call) and scan.names.home(made.func) == "authoring.taskgroup.TaskGroup"
            if is_group and isinstance(item.optional_vars, ast.Name) and _is_only_shifted(scan, item.optional_vars.id):
                yield item.optional_vars.id


def _is_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _is_only_shifted(scan: Scan, name: str) -> bool:
    shifted = {id(side) for node in _shifts(scan.tree) for side in (node.left, node.right)}
    nodes = [node for node in ast.walk(scan.tree) if isinstance(node, ast.Name) and node.id == name]
    loads = [node for node in nodes if isinstance(node.ctx, ast.Load)]
    return len(nodes) - len(loads) == 1 and all(id(node) in shifted for node in loads)


def _shifts(tree: ast.Module) -> list[ast.BinOp]:
    return [
        node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.RShift, ast.LShift))
    ]


def _last(node: ast.expr) -> ast.expr:
    """What the left side of `a >> b >> c` hands on: its last part."""
    return node.right if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.RShift, ast.LShift)) else node


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
