"""What the names in a DAG file stand for, as far as the text tells for certain."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from updraft_airflow.names import table

_DEPTH_MAX = 8


class Names:
    """The imports of a file, and the names that are given a value exactly once."""

    def __init__(self, tree: ast.Module) -> None:
        bound = Counter(_bound(tree))
        self._paths = {name: path for name, path in _imported(tree) if not bound[name]}
        self._values = {name: value for name, value in _assigned(tree) if bound[name] == 1 and name not in self._paths}

    def settle(self, node: ast.expr | None) -> ast.expr | None:
        """The expression that a name stands for; any other expression stands for itself."""
        for _ in range(_DEPTH_MAX):
            if not isinstance(node, ast.Name) or node.id not in self._values:
                break
            node = self._values[node.id]
        return node

    def path(self, node: ast.expr) -> str | None:
        """The path of what was imported: `airflow.models.DAG` for `models.DAG`."""
        if isinstance(node, ast.Name):
            return self._paths.get(node.id)
        if isinstance(node, ast.Attribute):
            before = self.path(node.value)
            return None if before is None else f"{before}.{node.attr}"
        return None

    def home(self, node: ast.expr) -> str | None:
        """Where a name of the `airflow` namespace lives here, whatever path it came by: `authoring.dag.DAG`."""
        path = self.path(node)
        return None if path is None else home(path)


def home(path: str) -> str | None:
    """Where a name of the `airflow` namespace lives; what stands behind it in the path is kept."""
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        module = ".".join(parts[:end])
        if module in table.modules():
            rest = parts[end:]
            found = table.names(module).get(rest[0]) if rest else None
            whole = table.modules()[module].whole
            if found is None and whole is not None and rest:
                found = (whole, rest[0])
            if found is None:
                return None
            own = found[0].removeprefix(f"{table.PACKAGE}.")
            return ".".join([part for part in (own, found[1]) if part] + rest[1:])
    return None


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                yield alias.asname or first, alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _bound(tree: ast.Module) -> Iterator[str]:
    """Names that are bound by anything but an import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value


class Arguments:
    """The arguments of a call, or the entries of a dictionary, by name."""

    def __init__(self, named: dict[str, ast.expr], *, is_open: bool) -> None:
        self.named, self.is_open = named, is_open

    @classmethod
    def of_call(cls, call: ast.Call) -> Arguments:
        """Those with a name; it is open if there are others, by `**`."""
        named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
        return cls(named, is_open=any(keyword.arg is None for keyword in call.keywords))

    @classmethod
    def of_dict(cls, node: ast.expr | None, names: Names) -> Arguments:
        """The entries of `{...}` or `dict(...)`; anything else is open."""
        node = names.settle(node)
        if node is None:
            return cls({}, is_open=False)
        if isinstance(node, ast.Dict):
            keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
            named = {key: value for key, value in zip(keys, node.values, strict=True) if isinstance(key, str)}
            return cls(named, is_open=len(named) < len(keys))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
            found = cls.of_call(node)
            return cls(found.named, is_open=found.is_open or bool(node.args))
        return cls({}, is_open=True)


def constant(node: ast.expr | None) -> object:
    """The value of a constant; `...` for anything else."""
    return node.value if isinstance(node, ast.Constant) else ...
