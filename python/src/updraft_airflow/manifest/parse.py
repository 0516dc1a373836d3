"""Reads a DAG file and describes the DAGs in it."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import traceback
import types
import warnings
from collections.abc import Iterator
from importlib.util import decode_source
from typing import Any

from updraft_airflow import compat
from updraft_airflow.authoring.dag import DAG
from updraft_airflow.authoring.stack import fresh
from updraft_airflow.exceptions import AirflowDagDuplicatedIdException
from updraft_airflow.helpers import md5
from updraft_airflow.manifest.describe import Description

_SDK_IMPORT = re.compile(rb"^\s*(?:from|import)\s+airflow\.sdk\b", re.MULTILINE)


class ImportProblem:
    """Why a file, or a DAG in it, could not be read."""

    def __init__(self, file: str, line: int | None, error: BaseException, trace: str) -> None:
        self.file, self.line, self.trace = file, line, trace
        self.kind, self.message = type(error).__name__, str(error)

    @property
    def place(self) -> str:
        """`FILE:LINE`, or `FILE`."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "file": self.file,
            "line": self.line,
            "error": self.kind,
            "message": self.message,
            "traceback": self.trace,
        }


class ParsedFile:
    """What a file holds: its DAGs, or why there are none."""

    def __init__(self, fileloc: str) -> None:
        self.fileloc = fileloc
        self.dags: list[DAG] = []
        self.descriptions: list[Description] = []
        self.warnings: list[str] = []
        self.problems: list[ImportProblem] = []

    def as_json(self) -> dict[str, Any]:
        """The engine's `DagFileParsingResult`, with `python` beside its own fields."""
        errors = {problem.place: f"{problem.kind}: {problem.message}\n{problem.trace}" for problem in self.problems}
        beside = [problem.as_json() for problem in self.problems]
        return {
            "type": "DagFileParsingResult",
            "fileloc": self.fileloc,
            "serialized_dags": [description.as_json() for description in self.descriptions],
            "warnings": [*self.warnings, *(text for one in self.descriptions for text in one.warnings)] or None,
            "import_errors": errors or None,
            "python": {"import_errors": beside},
        }


def parse(path: str, *, describe: bool = True) -> ParsedFile:
    """Reads a file. What it prints goes to standard error; what it raises is told and not raised. Who wants to run a task needs no descriptions."""
    fileloc = os.path.abspath(path)
    parsed = ParsedFile(fileloc)
    with _reading(parsed), contextlib.redirect_stdout(sys.stderr):
        try:
            source = _read(fileloc)
            with compat.of_file(compat.own_level(source)), fresh() as made:
                module = _execute(fileloc, source)
                _take(parsed, _found(module, made), describe=describe)
                _warn_of_sdk(parsed, source)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            parsed.problems.append(_problem(fileloc, error))
    return parsed


@contextlib.contextmanager
def _reading(parsed: ParsedFile) -> Iterator[None]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        yield
    for warning in caught:
        if warning.filename == parsed.fileloc or issubclass(warning.category, UserWarning):
            parsed.warnings.append(str(warning.message))


def _warn_of_sdk(parsed: ParsedFile, source: bytes) -> None:
    if _SDK_IMPORT.search(source) and any(dag.compat == 2 for dag in parsed.dags):
        parsed.warnings.append(
            f"{parsed.fileloc} imports `airflow.sdk` of Airflow 3, but its dags have the meaning of Airflow 2: "
            "say `# updraft: compat=3` in its first lines if that is not meant"
        )


def _read(fileloc: str) -> bytes:
    with open(fileloc, "rb") as file:
        source = file.read()
    # Says what is wrong with one whose text cannot be read, comments included.
    decode_source(source)
    return source


def _execute(fileloc: str, source: bytes) -> types.ModuleType:
    """Runs the file as a module of its own."""
    stem = re.sub(r"\W", "_", os.path.splitext(os.path.basename(fileloc))[0])
    module = types.ModuleType(f"unusual_prefix_{md5(fileloc.encode()).hexdigest()[:16]}_{stem}")
    module.__file__ = fileloc
    sys.modules[module.__name__] = module
    exec(compile(source, fileloc, "exec", dont_inherit=True), vars(module))
    return module


def _found(module: types.ModuleType, made: list[DAG]) -> list[DAG]:
    """The DAGs that count: those of a `with` block, and those that a global name holds."""
    globals_ = [value for value in list(vars(module).values()) if isinstance(value, DAG)]
    return list(dict.fromkeys([*made, *globals_]))


def _take(parsed: ParsedFile, dags: list[DAG], *, describe: bool) -> None:
    seen: dict[str, DAG] = {}
    for dag in dags:
        try:
            if dag.dag_id in seen:
                raise AirflowDagDuplicatedIdException(dag.dag_id, dag.fileloc, seen[dag.dag_id].fileloc)
            seen[dag.dag_id] = dag
            dag.validate()
            if describe:
                parsed.descriptions.append(Description(dag))
            parsed.dags.append(dag)
        except Exception as error:
            parsed.problems.append(_problem(parsed.fileloc, error))


def _problem(fileloc: str, error: BaseException) -> ImportProblem:
    frames = traceback.extract_tb(error.__traceback__)
    own = os.path.dirname(os.path.dirname(__file__))
    theirs = [frame for frame in frames if not frame.filename.startswith((own, "<frozen"))]
    line = next((frame.lineno for frame in reversed(theirs) if frame.filename == fileloc), None)
    if isinstance(error, SyntaxError) and error.filename == fileloc:
        line = error.lineno
    if isinstance(error, SystemExit):
        error = ImportError(f"the file ends the process when it is imported: sys.exit({error.code!r})")
    lines = ["Traceback (most recent call last):\n"] if theirs else []
    lines += traceback.format_list(theirs) + traceback.format_exception_only(type(error), error)
    return ImportProblem(fileloc, line, error, "".join(lines))
