"""What can be written in a DAG file and is not done here, or not yet."""

from __future__ import annotations

from updraft_airflow.runtime import messages
from updraft_airflow.serve.supervisor import ANSWERED

DAG_ARGUMENTS: dict[str, str] = {
    "max_consecutive_failed_dag_runs": "a DAG is not paused after failed runs",
    "access_control": "roles are given rights in the user interface alone",
    "allowed_run_types": "runs of all types are made",
}
"""Arguments of a DAG that are taken and not followed."""

TASK_ARGUMENTS: dict[str, str] = {
    "executor": "tasks run where the engine's executor runs them",
    "executor_config": "tasks run as the engine's executor runs them",
    "resources": "tasks have what the machine has",
}
"""Those of tasks."""

NOTHING: frozenset[object] = frozenset((None, 0, False, ""))
"""Values of these arguments that ask for nothing."""

NEEDS: dict[str, tuple[type, str]] = {
    "operators.trigger_dagrun.TriggerDagRunOperator": (messages.TriggerDagRun, "runs of other DAGs"),
    "sensors.external_task.ExternalTaskSensor": (messages.GetTICount, "tasks of other DAGs"),
}
"""Operators that ask the engine something: what, and about what."""


def is_answered(question: type) -> bool:
    """Whether the engine answers a question of tasks."""
    return question in ANSWERED


SESSION_METHODS = frozenset(
    ("add", "bulk_save_objects", "commit", "delete", "execute", "flush", "get", "merge", "query", "rollback", "scalar",
     "scalars")
)  # fmt: skip
"""What is asked of a session on Airflow's tables."""
