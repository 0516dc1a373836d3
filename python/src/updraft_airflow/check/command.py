"""`python -m updraft_airflow check`: looks at files and prints what was seen."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator

from updraft_airflow import compat
from updraft_airflow.check import note
from updraft_airflow.check.look import Report, look
from updraft_airflow.check.note import Note
from updraft_airflow.configuration import conf
from updraft_airflow.files import source
from updraft_airflow.files.walk import Discovery, walk


def check(options: argparse.Namespace) -> int:
    """Looks at the files; 0 if all of them would run, 1 if one would not, 2 if there is no such path."""
    if options.compat:
        os.environ[compat.VARIABLE] = options.compat
    missing = [path for path in options.paths if not os.path.exists(path)]
    if missing:
        print(f"error: there is no `{missing[0]}`", file=sys.stderr)  # noqa: T201
        return 2
    limit = options.timeout or conf.getfloat("core", "dagbag_import_timeout")
    seen: dict[str, str] = {}
    reports: list[Report] = []
    for file in dict.fromkeys(_files(options.paths)):
        report = look(file, limit)
        _tell_of_twins(report, seen)
        reports.append(report)
        text = json.dumps(report.as_json()) if options.output == "json" else "\n".join(_table(report))
        print(text, flush=True)  # noqa: T201
    if options.output == "table":
        bad = sum(not report.is_ok for report in reports)
        print(f"{len(reports)} files: {len(reports) - bad} would run, {bad} would not")  # noqa: T201
    return 0 if all(report.is_ok for report in reports) else 1


def _files(paths: list[str]) -> Iterator[str]:
    """The files that paths stand for. One that is named is looked at in any case; folders are searched."""
    folder, how = os.path.abspath(conf.get("core", "dags_folder")), Discovery.configured()
    for path in paths:
        if os.path.isdir(path):
            path = os.path.abspath(path)
            is_below = path == folder or path.startswith(folder + os.sep)
            yield from walk(path, folder if is_below else path, how)
        else:
            yield from source.files_of(os.path.abspath(path))


def _tell_of_twins(report: Report, seen: dict[str, str]) -> None:
    """A dag_id may be in one file alone."""
    for dag in report.dags:
        first = seen.setdefault(dag["dag_id"], report.file)
        if first != report.file:
            text = f"dag `{dag['dag_id']}` is in `{first}` as well; one of the two is not taken"
            report.notes.append(Note(1, note.UNSUPPORTED, text))


def _table(report: Report) -> Iterator[str]:
    tasks = sum(len(dag["tasks"]) for dag in report.dags)
    level = f", level {report.level}" if report.level is not None else ""
    yield f"{report.file}: {'ok' if report.is_ok else 'would not run'}, {len(report.dags)} dags, {tasks} tasks{level}"
    for line in (report.error or "").splitlines():
        yield f"        error        {line}"
    for one in report.notes:
        yield f"  {one.line:>5} {one.kind:<12} {one.text}"
