"""What is not the same in Airflow 2 and 3: one table, from which every note about it is made."""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    """What something means at level 2 and at level 3."""

    what: str
    two: str
    three: str

    @property
    def text(self) -> str:
        """As people read it."""
        return f"{self.what}; 2: {self.two}; 3: {self.three}"


MEANINGS: dict[str, Difference] = {
    "cron": Difference(
        "a cron schedule",
        "a run is about the time between two matches, starts at its end, and is dated with its beginning",
        "a run starts at a match and is dated with it",
    ),
    "delta": Difference(
        "a schedule that is a span of time",
        "a run is about such a span, starts at its end, and is dated with its beginning",
        "a run is dated with the moment at which it starts",
    ),
    "no_schedule": Difference("no `schedule` is given", "every day", "only when it is triggered"),
    "catchup": Difference("no `catchup` is given", "missed runs are made up for", "missed runs are left out"),
    "no_start_date": Difference("a schedule without `start_date`", "an error", "fine"),
    "default_start_date": Difference(
        "a `start_date` in `default_args` alone", "`dag.start_date` is None", "it is `dag.start_date` too"
    ),
    "depends_on_past": Difference(
        "`depends_on_past` without `ignore_first_depends_on_past`", "that is True", "that is False"
    ),
    "empty_group": Difference(
        "a group without tasks between others", "there is no edge over it", "what stands before it comes before what stands after it"
    ),
    "positional": Difference(
        "arguments of a DAG without their names", "`dag_id, description, schedule, ...`", "only `dag_id` may be, so it is an error"
    ),
    "missing_variable": Difference(
        "`except KeyError` around `Variable.get`",
        "a missing Variable is a KeyError",
        "it is an AirflowRuntimeError, which passes by",
    ),
    "pull_without_task": Difference(
        "`xcom_pull` without `task_ids`", "the newest value of any task of the run", "the value of the task itself"
    ),
    "pull_of_several": Difference(
        "`xcom_pull` with several `task_ids`", "tasks that left nothing are left out", "they are None in the list"
    ),
    "pull_default": Difference(
        "`xcom_pull` with a `default`", "it is what is returned where nothing was left", "None is, and `default` is passed over"
    ),
    "pull_of_copies": Difference(
        "`xcom_pull` from a mapped task", "a lazy sequence of what its copies left", "a list of it"
    ),
    "pull_of_branch": Difference(
        "`xcom_pull` from a branch or short circuit", "what its function returned", "None: it leaves no `return_value`"
    ),
    "tuple": Difference("a task that returns a tuple", "others pull a list", "others pull a tuple"),
}  # fmt: skip
"""The same text with two meanings."""

SETTINGS: dict[str, tuple[str, str]] = {
    "cron": ("scheduler", "create_cron_data_intervals"),
    "delta": ("scheduler", "create_delta_data_intervals"),
    "catchup": ("scheduler", "catchup_by_default"),
}
"""What a setting can make the same at both levels."""

DAG_ARGUMENTS: dict[str, int] = {
    **dict.fromkeys(
        ("schedule_interval", "timetable", "concurrency", "default_view", "orientation", "fail_stop", "full_filepath"), 2
    ),
    **dict.fromkeys(("fail_fast", "deadline", "allowed_run_types"), 3),
}  # fmt: skip
"""Arguments of a DAG that one generation alone has, and which."""

TASK_ARGUMENTS: dict[str, int] = {"provide_context": 2, "task_concurrency": 2, "retry_policy": 3}
"""Those of tasks."""

TRIGGER_RULES: dict[str, int] = {"dummy": 2, "none_failed_or_skipped": 2, "all_done_min_one_success": 3}
"""Trigger rules that one generation alone has; the other one refuses them, here as well."""

ONLY_TWO_MODULES = (
    "airflow.contrib", "airflow.operators.dummy", "airflow.operators.subdag", "airflow.operators.sql",
    "airflow.sensors.sql", "airflow.hooks.dbapi", "airflow.datasets", "airflow.timetables.datasets",
    "airflow.utils.weekday", "airflow.lineage.entities",
)  # fmt: skip
"""Modules that Airflow 3 has no more, with all that is below them."""

ONLY_TWO_ENDINGS = ("_operator", "_hook", "_sensor")
"""So end the names of modules of Airflow 1.10, which Airflow 2 has kept and Airflow 3 has not."""

ONLY_TWO_NAMES = (
    "airflow.utils.dates.days_ago", "airflow.utils.decorators.apply_defaults", "airflow.utils.helpers.chain",
)  # fmt: skip
"""Names that Airflow 3 has no more."""

ONLY_THREE_MODULES = (
    "airflow.assets", "airflow.dag_processing.dagbag", "airflow.models.asset", "airflow.sdk", "airflow.timetables.assets",
)  # fmt: skip
"""Modules that Airflow 2 does not have."""

ONLY_ONE_MODULES = (
    "airflow.contrib.operators.emr_add_steps_operator", "airflow.contrib.operators.emr_create_job_flow_operator",
    "airflow.contrib.operators.emr_terminate_job_flow_operator", "airflow.contrib.operators.sqoop_operator",
    "airflow.contrib.operators.weekday", "airflow.contrib.sensors.emr_step_sensor", "airflow.sensors.s3_prefix_sensor",
)  # fmt: skip
"""Modules that Airflow 2.11 does not have any more."""

KEPT = ("airflow.assets.metadata", "airflow.sensors.time_sensor")
"""Modules of which nothing is said, although their names look like it."""


def generation(path: str) -> int | None:
    """The only generation of Airflow that has a module or name; None if several have, or that is not known."""
    if path.startswith("airflow.providers.") or _is_in(path, KEPT):
        return None
    if _is_in(path, ONLY_THREE_MODULES):
        return 3
    if _is_in(path, ONLY_ONE_MODULES):
        return 1
    parts = path.split(".")
    old = len(parts) > 2 and parts[1] in ("operators", "hooks", "sensors") and parts[2].endswith(ONLY_TWO_ENDINGS)
    return 2 if old or _is_in(path, ONLY_TWO_MODULES) or path in ONLY_TWO_NAMES else None


def _is_in(path: str, modules: tuple[str, ...]) -> bool:
    return any(path == module or path.startswith(f"{module}.") for module in modules)
