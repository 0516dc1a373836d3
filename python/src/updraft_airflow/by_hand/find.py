"""Finds a DAG in a file or folder. Files that do not hold it are read in processes of their own, so they cannot do harm."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from updraft_airflow.configuration import conf
from updraft_airflow.files import source
from updraft_airflow.files.walk import Discovery, walk
from updraft_airflow.manifest.parse import parse
from updraft_airflow.serve.apart import apart


class NotFoundError(Exception):
    """There is no such DAG, task or copy."""


def find(place: str | None, dag_id: str) -> Any:
    """The DAG of that id, in a file or folder, by default the DAGs folder. Raises NotFoundError."""
    place = os.path.abspath(place or conf.get("core", "dags_folder"))
    if not os.path.exists(place):
        raise NotFoundError(f"there is no `{place}`")
    limit = conf.getfloat("core", "dagbag_import_timeout")
    problems: list[str] = []
    for file in _likely_first(list(_files(place)), dag_id):
        done = apart(lambda file=file: _look(file), limit)
        told = done.result or {"dags": [], "problems": [f"{file}: {done.why}"]}
        if dag_id in told["dags"]:
            return next(dag for dag in parse(file).dags if dag.dag_id == dag_id)
        problems += told["problems"]
    # As in Airflow, and then what it may be due to.
    words = f"Dag {dag_id!r} could not be found; either it does not exist or it failed to parse."
    raise NotFoundError("\n".join([words, *problems]))


def task_of(dag: Any, task_id: str, map_index: int) -> Any:
    """A task of a DAG, of which a copy is wanted exactly if it is mapped. Raises NotFoundError."""
    if not dag.has_task(task_id):
        raise NotFoundError(f"DAG `{dag.dag_id}` has no task `{task_id}`; it has {', '.join(sorted(dag.task_ids))}")
    task = dag.get_task(task_id)
    if task.get_needs_expansion() and map_index < 0:
        raise NotFoundError("No map_index passed to mapped task")
    if not task.get_needs_expansion() and map_index >= 0:
        raise NotFoundError("map_index passed to non-mapped task")
    return task


def _look(file: str) -> dict[str, Any]:
    parsed = parse(file)
    problems = [f"{one.place}: {one.kind}: {one.message}" for one in parsed.problems]
    return {"dags": [dag.dag_id for dag in parsed.dags], "problems": problems}


def _files(place: str) -> Iterator[str]:
    if not os.path.isdir(place):
        yield from source.files_of(place)
        return
    folder = os.path.abspath(conf.get("core", "dags_folder"))
    is_below = place == folder or place.startswith(folder + os.sep)
    yield from walk(place, folder if is_below else place, Discovery.configured())


def _likely_first(files: list[str], dag_id: str) -> list[str]:
    """Files that mention the DAG before others, which may make its id of parts."""

    def is_unlikely(file: str) -> bool:
        with contextlib.suppress(OSError):
            return dag_id.encode() not in source.read(file)
        return True

    return sorted(files, key=is_unlikely)
