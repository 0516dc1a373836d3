"""Imports every authoring module of the installed providers, and what their functions import of Airflow when they are called.

Prints as JSON which modules there are, and by module or name the error with which its import ends. Run by `test_providers.py` in
an environment that has providers and no Airflow.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import sys
import warnings
from importlib.metadata import distributions
from pathlib import PurePosixPath

AUTHORING = {
    "assets", "decorators", "hooks", "links", "notifications", "operators", "sensors", "transfers", "triggers", "utils",
}  # fmt: skip
"""The folders whose modules DAG files and tasks import; executors, log handlers and the like are the engine's."""


def modules() -> list[str]:
    """The authoring modules of all providers."""
    found = set()
    for distribution in distributions():
        name = distribution.metadata["Name"] or ""
        if not name.startswith("apache-airflow-providers-"):
            continue
        for file in distribution.files or ():
            path = PurePosixPath(file)
            folders = set(path.parts[2:-1])
            if path.suffix == ".py" and path.parts[:2] == ("airflow", "providers") and folders & AUTHORING:
                module = path.parent if path.name == "__init__.py" else path.with_suffix("")
                found.add(".".join(module.parts))
    return sorted(found)


def error_of(name: str, attribute: str = "") -> str | None:
    """The error with which the import of a module, or of a name in it, ends."""
    try:
        module = importlib.import_module(name)
        if attribute and not hasattr(module, attribute):
            importlib.import_module(f"{name}.{attribute}")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def later(module: str) -> set[tuple[str, str]]:
    """What the functions of a module import of Airflow: modules and names."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    found: set[tuple[str, str]] = set()

    def look(node: ast.AST, inside: bool) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if inside and isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").startswith("airflow"):
            found.update((node.module or "", one.name) for one in node.names)
        for child in ast.iter_child_nodes(node):
            look(child, inside or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))

    with open(spec.origin, encoding="utf-8") as file:
        look(ast.parse(file.read()), inside=False)
    return found


def main() -> None:
    """Prints what was found."""
    warnings.simplefilter("ignore")
    everything = modules()
    failed = {name: error_of(name) for name in everything}
    calls = {call for name in everything for call in later(name)}
    failed.update({f"{module}.{name}": error_of(module, name) for module, name in sorted(calls)})
    told = {"modules": everything, "later": len(calls), "failed": {name: why for name, why in failed.items() if why}}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
