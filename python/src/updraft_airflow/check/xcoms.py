"""What goes from task to task, in functions and in templates."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from updraft_airflow.check import note, support
from updraft_airflow.check.names import Arguments, constant
from updraft_airflow.check.note import Note
from updraft_airflow.runtime import messages

if TYPE_CHECKING:
    from updraft_airflow.check.scan import Scan

_PLAIN = ("authoring.decorators.task", "authoring.decorators.task.python")


def call(scan: Scan, node: ast.Call) -> Iterator[Note]:
    """A call of `xcom_pull`, and the function that a `PythonOperator` calls."""
    if isinstance(node.func, ast.Attribute) and node.func.attr == "xcom_pull":
        given = Arguments.of_call(node)
        # Those of operators take the context first.
        places = node.args[1:] if _is_operators(scan, node.func.value) else node.args
        is_open = given.is_open or any(isinstance(arg, ast.Starred) for arg in node.args)
        wanted = scan.names.settle(places[0] if places else given.named.get("task_ids"))
        if not is_open:
            yield from _pull(scan, node.lineno, wanted, given.named)
    if scan.names.home(node.func) == "operators.python.PythonOperator":
        given = Arguments.of_call(node)
        function = given.named.get("python_callable")
        if isinstance(function, ast.Name) and constant(given.named.get("multiple_outputs")) is not True:
            found = [one for one in scan.tree.body if isinstance(one, ast.FunctionDef) and one.name == function.id]
            yield from _tuples(scan, found)


def function(scan: Scan, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Note]:
    """A function that `@task` makes a task of."""
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if scan.names.home(target) in _PLAIN:
            yield from _tuples(scan, [node])


def template(scan: Scan, node: ast.Constant, text: str) -> Iterator[Note]:
    """`xcom_pull` in the expressions of a template."""
    if "xcom_pull" not in text or "{" not in text:
        return
    import jinja2
    from jinja2 import nodes

    try:
        parsed = jinja2.Environment(extensions=["jinja2.ext.do"]).parse(text)
    except jinja2.TemplateSyntaxError:
        return
    for pull in parsed.find_all(nodes.Call):
        if (
            not isinstance(pull.node, nodes.Getattr)
            or pull.node.attr != "xcom_pull"
            or pull.dyn_kwargs
            or pull.dyn_args
        ):
            continue
        named = {keyword.key: _plain(keyword.value) for keyword in pull.kwargs}
        wanted = _plain(pull.args[0]) if pull.args else named.get("task_ids")
        yield from _pull(scan, _line(node, text, pull.lineno), wanted, named)


def _pull(scan: Scan, line: int, wanted: ast.expr | None, named: dict[str, ast.expr]) -> Iterator[Note]:
    task_id = constant(wanted)
    if wanted is None or task_id is None:
        yield from scan.differs(line, "pull_without_task")
        if scan.level == 2 and not support.is_answered(messages.UpdraftGetNewestXCom):
            text = "the engine does not tell the newest value of any task yet: name the task in `task_ids`"
            yield Note(line, note.UNSUPPORTED, text)
    if isinstance(wanted, (ast.List, ast.Tuple)):
        yield from scan.differs(line, "pull_of_several")
    elif "default" in named and constant(named["default"]) is not None:
        yield from scan.differs(line, "pull_default")
    if "map_indexes" not in named and task_id in scan.facts.mapped:
        yield from scan.differs(line, "pull_of_copies")
    key = constant(named["key"]) if "key" in named else "return_value"
    if key == "return_value" and task_id in scan.facts.branches:
        yield from scan.differs(line, "pull_of_branch")


def _tuples(scan: Scan, functions: list[Any]) -> Iterator[Note]:
    for found in functions:
        for statement in _own(found.body):
            if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Tuple):
                yield from scan.differs(statement.lineno, "tuple")


def _own(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a function, without those of functions in it."""
    for statement in body:
        yield statement
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for part in ("body", "orelse", "finalbody"):
                yield from _own(getattr(statement, part, []))
            for handler in getattr(statement, "handlers", []):
                yield from _own(handler.body)


def _is_operators(scan: Scan, owner: ast.expr) -> bool:
    is_self = isinstance(owner, ast.Name) and owner.id in ("self", "cls")
    return is_self or (scan.names.home(owner) or "").startswith(("authoring.operator", "operators."))


def _plain(node: Any) -> ast.expr:
    """An expression of a template as one of Python, as far as it matters here."""
    from jinja2 import nodes

    if isinstance(node, nodes.Const):
        return ast.Constant(node.value)
    if isinstance(node, (nodes.List, nodes.Tuple)):
        return ast.List([_plain(item) for item in node.items], ast.Load())
    return ast.Name("unknown", ast.Load())


def _line(node: ast.Constant, text: str, line: int) -> int:
    """The line of the file on which a line of the text stands, if they are the same ones."""
    end = node.end_lineno if node.end_lineno is not None else node.lineno
    return node.lineno + line - 1 if end - node.lineno == text.count("\n") else node.lineno
