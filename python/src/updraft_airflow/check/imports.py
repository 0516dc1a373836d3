"""What a DAG file takes from Airflow and its providers, and whether it is there."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator

from updraft_airflow.check import note
from updraft_airflow.check.differences import generation
from updraft_airflow.check.note import Note

_CATCHES = ("ImportError", "ModuleNotFoundError", "Exception", "BaseException")


def look(tree: ast.Module) -> Iterator[Note]:
    """The imports of a file, also those in functions."""
    for node, guarded in _imports(tree.body, guarded=False):
        for module, names in _wanted(node):
            listed = f": {', '.join(names)}" if names else ""
            yield Note(node.lineno, note.USES, f"{module}{listed}")
            for path in [f"{module}.{name}" for name in names] or [module]:
                alone = generation(path)
                if alone is not None:
                    yield Note(node.lineno, note.GENERATION, f"`{path}` is of Airflow {alone} alone")
                problem = missing(module, path.removeprefix(f"{module}.") if names else None)
                if problem is not None and guarded:
                    yield Note(node.lineno, note.USES, f"not here, and the file provides for that: {problem}")
                elif problem is not None:
                    yield Note(node.lineno, note.UNSUPPORTED, problem)


def missing(module: str, name: str | None) -> str | None:
    """Why something cannot be imported, if it cannot."""
    try:
        found = importlib.import_module(module)
        if name is not None and not hasattr(found, name):
            importlib.import_module(f"{module}.{name}")
    except Exception as error:
        return str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
    return None


def _wanted(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, list[str]]]:
    if isinstance(node, ast.Import):
        yield from ((alias.name, []) for alias in node.names if _is_airflow(alias.name))
    elif node.module and not node.level and _is_airflow(node.module):
        yield node.module, [alias.name for alias in node.names if alias.name != "*"]


def _is_airflow(module: str) -> bool:
    return module.split(".")[0] == "airflow"


def _imports(body: list[ast.stmt], *, guarded: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """The imports that are carried out, and whether an ImportError of theirs is caught."""
    for statement in body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield statement, guarded
        elif isinstance(statement, ast.Try):
            catches = any(_catches(handler) for handler in statement.handlers)
            yield from _imports(statement.body, guarded=guarded or catches)
            for handler in statement.handlers:
                yield from _imports(handler.body, guarded=True)
            yield from _imports([*statement.orelse, *statement.finalbody], guarded=guarded)
        elif isinstance(statement, ast.If) and _is_type_checking(statement.test):
            yield from _imports(statement.orelse, guarded=guarded)
        elif isinstance(statement, ast.If):
            # Which of two ways is taken depends on what only the run knows.
            yield from _imports([*statement.body, *statement.orelse], guarded=True)
        else:
            for part in ("body", "orelse"):
                yield from _imports(getattr(statement, part, []), guarded=guarded)


def _catches(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in _CATCHES) for kind in kinds)


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )
