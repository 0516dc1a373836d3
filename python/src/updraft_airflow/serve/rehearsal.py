"""Does before the first order what each fork will do.

Python adapts code while it runs and remembers much of what it has looked up. Where that has happened before the fork, the fork writes into fewer
of the pages that it shares, and each page that it does not copy makes it quicker.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from collections.abc import Iterator

from updraft_airflow import compat, policies
from updraft_airflow.manifest.parse import module_name, parse
from updraft_airflow.plugins import loaded
from updraft_airflow.runtime import runner
from updraft_airflow.runtime.context import build
from updraft_airflow.runtime.dag_test import TestRequest, make_run
from updraft_airflow.runtime.instances import TaskInstance
from updraft_airflow.runtime.memory import MemorySupervisor
from updraft_airflow.runtime.supervisor import supervised_by
from updraft_airflow.serve import end, frames

FILE = os.path.join(os.path.dirname(__file__), "rehearsed_dag.py")

_TIMES = 10
"""Python adapts a function after its eighth call."""


def rehearse() -> None:
    """Reads a DAG file and runs its first task. Nothing of an installation is run, and nothing is left behind but what is remembered."""
    with _alone(), policies.none(), loaded.none():
        for _ in range(_TIMES):
            _once()


def _once() -> None:
    parsed = parse(FILE)
    frames.encode(1, json.loads(json.dumps(parsed.as_json())))
    (dag,) = parsed.dags
    with compat.of_file(dag.compat), supervised_by(MemorySupervisor()):
        ti = TaskInstance(dag.tasks[0], make_run(dag, TestRequest()))
        context = build(ti)
        ended = runner.run(ti, context, tell=False)
        frames.encode(1, end.message(ended, context, again=False))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Has nothing logged, and gives the environment and the modules back as they were."""
    environment = dict(os.environ)
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        os.environ.clear()
        os.environ.update(environment)
        sys.modules.pop(module_name(FILE), None)
