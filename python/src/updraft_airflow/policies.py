"""Policies of an installation: functions of `airflow_local_settings.py` in `config/`, which look at DAGs, tasks and attempts and may change them."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
from collections.abc import Iterator
from functools import cache
from typing import Any

from updraft_airflow.exceptions import AirflowClusterPolicySkipDag, AirflowClusterPolicyViolation, AirflowException

MODULE = "airflow_local_settings"

_is_without = False


def task_policy(task: Any) -> None:
    """Called for each task of a DAG that is read."""
    # `policy` is its name in Airflow 1.
    (_own("task_policy") or _own("policy") or _nothing)(task)


def dag_policy(dag: Any) -> None:
    """Called for each DAG that is read."""
    (_own("dag_policy") or _nothing)(dag)


def task_instance_mutation_hook(task_instance: Any) -> None:
    """Called for each attempt before it runs, and once for each task that is read, which decides about queue and pool."""
    (_own("task_instance_mutation_hook") or _nothing)(task_instance)


def pod_mutation_hook(pod: Any) -> None:
    """Would change pods of Kubernetes."""
    (_own("pod_mutation_hook") or _nothing)(pod)


def get_airflow_context_vars(context: Any) -> dict[str, str]:
    """Further variables for the environment of tasks."""
    found = (_own("get_airflow_context_vars") or _nothing)(context) or {}
    for key, value in found.items():
        if not isinstance(key, str):
            raise TypeError(f"key <{key}> must be string")
        if not isinstance(value, str):
            raise TypeError(f"value of key <{key}> must be string, not {type(value)}")
    return found


def get_dagbag_import_timeout(dag_file_path: str) -> float | None:
    """How many seconds a file may be read for, if the installation says it for single files; zero or less is without end."""
    own = _own("get_dagbag_import_timeout")
    if own is None:
        return None
    limit = own(dag_file_path)
    if not isinstance(limit, (int, float)):
        raise TypeError(f"`get_dagbag_import_timeout` returns {limit!r} for `{dag_file_path}` and not a number")
    return float(limit)


def apply(dag: Any) -> bool:
    """Has the policies look at a DAG that was read. False if they leave it out; an exception of theirs is an import error."""
    try:
        dag_policy(dag)
        for task in dag.tasks:
            task_policy(task)
    except AirflowClusterPolicySkipDag:
        return False
    except AirflowClusterPolicyViolation:
        raise
    except Exception as error:
        raise AirflowException(f"a policy in `{MODULE}` fails: {type(error).__name__}: {error}") from error
    return True


def is_there(name: str) -> bool:
    """Whether the installation has a policy of that name."""
    return _own(name) is not None


@contextlib.contextmanager
def none() -> Iterator[None]:
    """As if the installation had none: its module is not even looked for."""
    global _is_without
    _is_without = True
    try:
        yield
    finally:
        _is_without = False


def _own(name: str) -> Any:
    """The function of the installation, if there is one."""
    return None if _is_without else getattr(_module(), name, None)


@cache
def _module() -> Any:
    """The module with the policies, if there is one. What it raises is raised each time: policies are not passed over."""
    return importlib.import_module(MODULE) if importlib.util.find_spec(MODULE) is not None else None


def _nothing(*_: Any) -> None:
    return None
