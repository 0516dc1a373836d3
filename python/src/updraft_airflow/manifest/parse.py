"""Reads a DAG file and describes the DAGs in it."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import sys
import traceback
import types
import warnings
import zipfile
from collections.abc import Iterator
from importlib.util import decode_source
from typing import Any

from updraft_airflow import compat, policies
from updraft_airflow.authoring.dag import DAG
from updraft_airflow.authoring.stack import fresh
from updraft_airflow.exceptions import AirflowDagDuplicatedIdException
from updraft_airflow.files import source as sources
from updraft_airflow.helpers import md5
from updraft_airflow.manifest.describe import Description


class ImportProblem:
    """Why a file, or a DAG in it, could not be read."""

    def __init__(self, file: str, line: int | None, error: BaseException, trace: str) -> None:
        self.file, self.line, self.trace = file, line, trace
        self.kind, self.message = type(error).__name__, str(error)
        self.dag_id: str | None = None
        """The DAG that is left out, if it is one alone."""

    @property
    def place(self) -> str:
        """`FILE:LINE`, or `FILE`."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    @property
    def text(self) -> str:
        """What is wrong, for people."""
        where = "" if self.dag_id is None else f"dag `{self.dag_id}`: "
        return f"{where}{self.kind}: {self.message}\n{self.trace}"

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "file": self.file,
            "line": self.line,
            "error": self.kind,
            "message": self.message,
            "traceback": self.trace,
            **({"dag_id": self.dag_id} if self.dag_id is not None else {}),
        }


class ParsedFile:
    """What a file holds: its DAGs, or why there are none."""

    def __init__(self, fileloc: str) -> None:
        self.fileloc = fileloc
        self.dags: list[DAG] = []
        self.descriptions: list[Description] = []
        self.warnings: list[str] = []
        self.problems: list[ImportProblem] = []

    def problem_of(self, dag_id: str) -> ImportProblem | None:
        """Why this DAG is not there: what is wrong with it, or with the file."""
        own = [problem for problem in self.problems if problem.dag_id == dag_id]
        return next(iter(own or [problem for problem in self.problems if problem.dag_id is None]), None)

    def as_json(self) -> dict[str, Any]:
        """The engine's `DagFileParsingResult`, with `python` beside its own fields."""
        errors: dict[str, str] = {}
        for problem in self.problems:
            earlier = errors.get(problem.place)
            errors[problem.place] = problem.text if earlier is None else f"{earlier}\n{problem.text}"
        beside = [problem.as_json() for problem in self.problems]
        failed = [problem.dag_id for problem in self.problems]
        return {
            "type": "DagFileParsingResult",
            "fileloc": self.fileloc,
            "serialized_dags": [description.as_json() for description in self.descriptions],
            "warnings": [*self.warnings, *(text for one in self.descriptions for text in one.warnings)] or None,
            "import_errors": errors or None,
            "updraft_failed_dags": None if None in failed else failed or None,
            "python": {"import_errors": beside},
        }


def parse(path: str, *, describe: bool = True) -> ParsedFile:
    """Reads a file, or all of an archive. What it prints goes to standard error; what it raises is told and not raised.

    Who wants to run a task needs no descriptions.
    """
    fileloc = os.path.abspath(path)
    parsed = ParsedFile(fileloc)
    with _reading(parsed), contextlib.redirect_stdout(sys.stderr):
        for file in _files(parsed):
            with _told(parsed, file):
                _parse(parsed, file, describe=describe)
    return parsed


def _files(parsed: ParsedFile) -> list[str]:
    try:
        return sources.files_of(parsed.fileloc)
    except (OSError, zipfile.BadZipFile) as error:
        parsed.problems.append(_problem(parsed.fileloc, error))
        return []


@contextlib.contextmanager
def _told(parsed: ParsedFile, file: str) -> Iterator[None]:
    """What is raised is a problem of the file."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        parsed.problems.append(_problem(file, error))


def _parse(parsed: ParsedFile, file: str, *, describe: bool) -> None:
    source = sources.read(file)
    # Says what is wrong with one whose text cannot be read, comments included.
    decode_source(source)
    level = compat.file_level(file, source)
    with compat.of_file(level.own), fresh() as made:
        with _within(policies.get_dagbag_import_timeout(file)):
            module = _execute(file, source)
        _take(parsed, file, _found(module, made), describe=describe)
        if compat.level() == 2 and not level.is_in_file and b"airflow.sdk" in source.replace(b" import ", b"."):
            _warn_of_sdk(parsed, file, source, level.said_by)


@contextlib.contextmanager
def _reading(parsed: ParsedFile) -> Iterator[None]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        yield
    for warning in caught:
        if warning.filename == parsed.fileloc or issubclass(warning.category, UserWarning):
            parsed.warnings.append(str(warning.message))


def _within(seconds: float | None) -> contextlib.AbstractContextManager[Any]:
    """A limit of the installation for a single file; the one for all is the engine's."""
    if seconds is None or seconds <= 0:
        return contextlib.nullcontext()
    from updraft_airflow.runtime.runner import timeout

    return timeout(seconds, f"reading the file takes longer than {seconds:g} seconds")


def _warn_of_sdk(parsed: ParsedFile, file: str, source: bytes, said_by: str) -> None:
    lines = [line for line, names in _imports(ast.parse(source)) if any(_is_of_sdk(name) for name in names)]
    if lines and parsed.dags:
        parsed.warnings.append(
            f"{file}:{min(lines)} imports `airflow.sdk` of Airflow 3, but the file has the meaning of Airflow 2 by `{said_by}`: "
            "say `# updraft: compat=3` in its first lines, or name it in `[updraft] compat_files`, if that is not meant"
        )


def _imports(tree: ast.Module) -> Iterator[tuple[int, list[str]]]:
    """The modules that a file imports, by line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield node.lineno, [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]


def _is_of_sdk(name: str) -> bool:
    return name == "airflow.sdk" or name.startswith("airflow.sdk.")


def module_name(fileloc: str) -> str:
    """The name of the module that a file is read as; Airflow gives such ones too."""
    stem = re.sub(r"\W", "_", os.path.splitext(os.path.basename(fileloc))[0])
    return f"unusual_prefix_{md5(fileloc.encode()).hexdigest()[:16]}_{stem}"


def _execute(fileloc: str, source: bytes) -> types.ModuleType:
    """Runs the file as a module of its own."""
    module = types.ModuleType(module_name(fileloc))
    module.__file__ = fileloc
    sys.modules[module.__name__] = module
    archive, member = sources.split(fileloc)
    if member is not None and archive not in sys.path:
        sys.path.insert(0, archive)
    exec(compile(source, fileloc, "exec", dont_inherit=True), vars(module))
    return module


def _found(module: types.ModuleType, made: list[DAG]) -> list[DAG]:
    """The DAGs that count: those of a `with` block, those that a global name holds, and those that are tasks of these."""
    globals_ = [value for value in list(vars(module).values()) if isinstance(value, DAG)]
    found = dict.fromkeys([*made, *globals_])
    return list(dict.fromkeys([*found, *(one for dag in found for one in dag.subdags)]))


def _take(parsed: ParsedFile, file: str, dags: list[DAG], *, describe: bool) -> None:
    seen = {dag.dag_id: dag for dag in parsed.dags}
    for dag in dags:
        try:
            if dag.dag_id in seen:
                raise AirflowDagDuplicatedIdException(dag.dag_id, dag.fileloc, seen[dag.dag_id].fileloc)
            seen[dag.dag_id] = dag
            if not policies.apply(dag):
                continue
            dag.validate()
            if describe:
                parsed.descriptions.append(Description(dag))
            parsed.dags.append(dag)
        except Exception as error:
            problem = _problem(file, error)
            problem.dag_id = dag.dag_id
            parsed.problems.append(problem)


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
