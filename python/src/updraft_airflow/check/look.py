"""Looks at one file in a fork with a time limit: whatever it does when it is read, the next one is looked at."""

from __future__ import annotations

import ast
import contextlib
from typing import Any

from updraft_airflow import compat
from updraft_airflow.check import imports, note
from updraft_airflow.check.note import Note
from updraft_airflow.check.scan import Facts, Scan
from updraft_airflow.files import source
from updraft_airflow.manifest.describe import Description
from updraft_airflow.manifest.parse import ParsedFile, parse
from updraft_airflow.operators.skip import BranchMixIn
from updraft_airflow.serve.apart import apart

PRINTED_MAX = 64 << 10
"""A file that prints more bytes than this while it is read is told of: it prints them each time."""


class Report:
    """What was seen of a file."""

    def __init__(self, file: str, told: dict[str, Any]) -> None:
        self.file = file
        self.level: int | None = told.get("level")
        self.dags: list[dict[str, Any]] = told.get("dags", [])
        self.error: str | None = told.get("error")
        self.notes = [Note(*fields) for fields in told.get("notes", [])]

    @property
    def is_ok(self) -> bool:
        """Whether all of it would run."""
        return self.error is None and not any(one.kind == note.UNSUPPORTED for one in self.notes)

    def as_json(self) -> dict[str, Any]:
        """Its fields."""
        notes = [one.as_json() for one in self.notes]
        return {"file": self.file, "ok": self.is_ok, "dags": self.dags, "error": self.error, "notes": notes}


def look(file: str, limit: float) -> Report:
    """Looks at a file for so many seconds at most."""
    done = apart(lambda: see(file), limit)
    told = done.result if done.result is not None else {"error": f"reading the file: {done.why}"}
    report = Report(file, told)
    if done.printed > PRINTED_MAX:
        report.notes.append(Note(1, note.WARNING, f"reading the file prints {done.printed} bytes"))
    return report


def see(file: str) -> dict[str, Any]:
    """Reads a file and goes through its text."""
    parsed = parse(file)
    told: dict[str, Any] = {
        "level": _level(file, parsed),
        "dags": [_dag(one.data) for one in parsed.descriptions],
        "error": "\n".join(f"{one.place}: {one.kind}: {one.message}" for one in parsed.problems) or None,
        "notes": [],
    }
    with contextlib.suppress(SyntaxError, ValueError, OSError):
        tree = ast.parse(source.read(file), file)
        found = {*imports.look(tree), *Scan(tree, told["level"], _facts(parsed)).notes(), *_read(parsed, tree)}
        told["notes"] = [list(one) for one in sorted(found)]
    return told


def _level(file: str, parsed: ParsedFile) -> int:
    if parsed.dags:
        return parsed.dags[0].compat
    with contextlib.suppress(OSError):
        return compat.file_level(file, source.read(file)).own or compat.level()
    return compat.level()


def _dag(data: dict[str, Any]) -> dict[str, Any]:
    after: dict[str, list[str]] = {task["task_id"]: [] for task in data["tasks"]}
    for task in data["tasks"]:
        for before in task["upstream_task_ids"]:
            after[before].append(task["task_id"])
    tasks = {
        task["task_id"]: {"type": task["operator"], "downstream": after[task["task_id"]]} for task in data["tasks"]
    }
    return {"dag_id": data["dag_id"], "tasks": tasks}


def _facts(parsed: ParsedFile) -> Facts:
    tasks = [task for dag in parsed.dags for task in dag.tasks]
    mapped = frozenset(task.task_id for task in tasks if task.get_needs_expansion())
    return Facts(mapped, frozenset(task.task_id for task in tasks if _branches(task.operator_class)))


def _branches(kind: Any) -> bool:
    return isinstance(kind, type) and (issubclass(kind, BranchMixIn) or "ShortCircuit" in kind.__name__)


def _read(parsed: ParsedFile, tree: ast.Module) -> list[Note]:
    """What reading the file has shown and its text does not."""
    notes = [Note(_line_in(text, parsed.fileloc), note.WARNING, text) for text in parsed.warnings]
    for one in parsed.descriptions:
        notes += [Note(_line_of(tree, text), note.IGNORED, text) for text in one.warnings]
        notes += _own_dates(one, tree)
    return notes


def _own_dates(described: Description, tree: ast.Module) -> list[Note]:
    """Dates of tasks that are not those of their DAG, which the engine does not look at."""
    notes: list[Note] = []
    for task_id, beside in described.python["tasks"].items():
        for name in ("start_date", "end_date"):
            if beside.get(name) not in (None, described.data[name]):
                text = f"`{name}` of task `{task_id}` is passed over: it runs in all runs of its DAG"
                notes.append(Note(_line_of(tree, f"`{task_id}`"), note.IGNORED, text))
    return notes


def _line_in(text: str, file: str) -> int:
    """The line that a warning begins with."""
    place = text.partition(" ")[0].removeprefix(f"{file}:")
    return int(place) if place.isdigit() else 1


def _line_of(tree: ast.Module, text: str) -> int:
    """The line of the call that makes what a warning names first: the task or the DAG."""
    name = text.split("`")[1] if "`" in text else ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = [
                *node.args[:1],
                *(keyword.value for keyword in node.keywords if keyword.arg in ("task_id", "dag_id")),
            ]
            if any(isinstance(value, ast.Constant) and value.value == name for value in given):
                return node.lineno
    return 1
