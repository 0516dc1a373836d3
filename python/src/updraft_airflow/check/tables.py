"""Use of Airflow's database: the names import, and a query fails."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from updraft_airflow.check import note, support
from updraft_airflow.check.note import Note
from updraft_airflow.orm import tables

if TYPE_CHECKING:
    from updraft_airflow.check.scan import Scan

_ORM = "orm.tables."
_MAKE_SESSIONS = (f"{_ORM}Session", f"{_ORM}SASession", f"{_ORM}create_session", "settings.Session")
_FUNCTIONS = (f"{_ORM}trigger_dag", f"{_ORM}clear_task_instances")


def look(scan: Scan) -> Iterator[Note]:
    """A note for each line that asks for or changes something in the database."""
    sessions = set(_sessions(scan))
    for node in ast.walk(scan.tree):
        if not isinstance(node, ast.Call):
            continue
        home = scan.names.home(node.func) or ""
        asks = _is_of_table(home) or home in _FUNCTIONS
        if isinstance(node.func, ast.Attribute) and node.func.attr in support.SESSION_METHODS:
            owner = node.func.value
            named = isinstance(owner, ast.Name) and owner.id in sessions
            made = isinstance(owner, ast.Call) and scan.names.home(owner.func) in _MAKE_SESSIONS
            asks = asks or named or made
        if asks:
            text = f"`{ast.unparse(node.func)}` asks Airflow's database, which is not here: use the `updraft` command"
            yield Note(node.lineno, note.UNSUPPORTED, text)


def _is_of_table(home: str) -> bool:
    """Whether a table is made, or something is asked of one or of a column."""
    table = home.removeprefix(_ORM).split(".")[0]
    return home.startswith(_ORM) and table in tables.TABLES


def _sessions(scan: Scan) -> Iterator[str]:
    """The names that stand for sessions."""
    for node in ast.walk(scan.tree):
        if isinstance(node, ast.With):
            for item in node.items:
                if _makes(scan, item.context_expr) and isinstance(item.optional_vars, ast.Name):
                    yield item.optional_vars.id
        elif isinstance(node, ast.Assign) and _makes(scan, node.value):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_given_one(scan, node.decorator_list):
            yield "session"


def _is_given_one(scan: Scan, decorators: list[ast.expr]) -> bool:
    return any(scan.names.home(one) == f"{_ORM}provide_session" for one in decorators)


def _makes(scan: Scan, node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and scan.names.home(node.func) in _MAKE_SESSIONS
