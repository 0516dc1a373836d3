"""The arguments that every operator takes, and what is made of their values.

Unmapped tasks take them from their constructor, mapped ones from `partial()`.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from updraft_airflow import compat, timezone
from updraft_airflow.states import TriggerRule
from updraft_airflow.unset import NOTSET

NAMES = frozenset(
    [
        "owner",
        "email",
        "email_on_retry",
        "email_on_failure",
        "retries",
        "retry_delay",
        "retry_exponential_backoff",
        "max_retry_delay",
        "retry_policy",
        "start_date",
        "end_date",
        "depends_on_past",
        "ignore_first_depends_on_past",
        "wait_for_past_depends_before_skipping",
        "wait_for_downstream",
        "params",
        "priority_weight",
        "weight_rule",
        "queue",
        "pool",
        "pool_slots",
        "sla",
        "execution_timeout",
        "on_execute_callback",
        "on_failure_callback",
        "on_success_callback",
        "on_retry_callback",
        "on_skipped_callback",
        "pre_execute",
        "post_execute",
        "trigger_rule",
        "resources",
        "run_as_user",
        "map_index_template",
        "max_active_tis_per_dag",
        "max_active_tis_per_dagrun",
        "executor",
        "executor_config",
        "do_xcom_push",
        "multiple_outputs",
        "inlets",
        "outlets",
        "doc",
        "doc_md",
        "doc_json",
        "doc_yaml",
        "doc_rst",
        "task_display_name",
        "logger_name",
        "allow_nested_operators",
        "render_template_as_native_obj",
        "task_concurrency",
    ]
)
"""All of them but those that say where the task stands."""

_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(sorted(NAMES - {"pre_execute", "post_execute", "task_display_name", "task_concurrency"})),
    "email_on_retry": True,
    "email_on_failure": True,
    "retry_exponential_backoff": False,
    "depends_on_past": False,
    "wait_for_past_depends_before_skipping": False,
    "wait_for_downstream": False,
    "priority_weight": 1,
    "weight_rule": "downstream",
    "pool_slots": 1,
    "trigger_rule": TriggerRule.ALL_SUCCESS,
    "do_xcom_push": True,
    "multiple_outputs": False,
    "allow_nested_operators": True,
    "_pre_execute_hook": None,
    "_post_execute_hook": None,
    "_task_display_name": None,
}
"""What a task has where nothing is said; the rest depends on settings or is made for each task."""

_ATTRIBUTES = {
    "pre_execute": "_pre_execute_hook",
    "post_execute": "_post_execute_hook",
    "task_display_name": "_task_display_name",
}
"""Where the value of an argument is kept, if not under its name."""

CALLBACKS = (
    "on_execute_callback",
    "on_success_callback",
    "on_failure_callback",
    "on_retry_callback",
    "on_skipped_callback",
)


class Configured(NamedTuple):
    """What settings say about tasks that do not say it themselves."""

    retries: int
    retry_delay: float
    execution_timeout: dt.timedelta | None

    @classmethod
    def read(cls) -> Configured:
        """As it is now."""
        from updraft_airflow.configuration import conf

        return cls(
            conf.getint("core", "default_task_retries"),
            conf.getint("core", "default_task_retry_delay"),
            conf.gettimedelta("core", "default_task_execution_timeout", fallback=None),
        )

    @classmethod
    def of(cls, dag: Any) -> Configured:
        """For the tasks of a DAG, which asks once."""
        if dag is None:
            return cls.read()
        if dag.configured is None:
            dag.configured = cls.read()
        return dag.configured


class TaskArguments:
    """The values of these arguments."""

    owner: str
    email: str | Collection[str] | None
    email_on_retry: bool
    email_on_failure: bool
    retries: int
    retry_delay: dt.timedelta
    retry_exponential_backoff: bool | float
    max_retry_delay: dt.timedelta | None
    retry_policy: Any
    start_date: dt.datetime | None
    end_date: dt.datetime | None
    depends_on_past: bool
    ignore_first_depends_on_past: bool
    wait_for_past_depends_before_skipping: bool
    wait_for_downstream: bool
    params: Any
    priority_weight: int
    weight_rule: Any
    queue: str
    pool: str
    pool_slots: int
    sla: dt.timedelta | None
    execution_timeout: dt.timedelta | None
    on_execute_callback: Any
    on_success_callback: Any
    on_failure_callback: Any
    on_retry_callback: Any
    on_skipped_callback: Any
    trigger_rule: Any
    run_as_user: str | None
    map_index_template: str | None
    logger_name: str | None
    max_active_tis_per_dag: int | None
    max_active_tis_per_dagrun: int | None
    executor: str | None
    executor_config: dict[str, Any]
    do_xcom_push: bool
    multiple_outputs: bool
    inlets: list[Any]
    outlets: list[Any]
    render_template_as_native_obj: bool | None
    _task_display_name: str | None

    def _take(self, task_id: str, arguments: dict[str, Any], configured: Configured) -> None:
        """Takes the values; those that are missing or NOTSET get their defaults."""
        given = {name: value for name, value in arguments.items() if name in NAMES and value is not NOTSET}
        # All at once: a task has some sixty of them, and nothing watches them yet.
        values = vars(self)
        values.update(_DEFAULTS)
        values.update({_ATTRIBUTES.get(name, name): value for name, value in given.items()})
        self._take_retries(task_id, given, configured)
        self._take_dates(given)
        self._take_limits(task_id, given)
        self._take_rest(task_id, given)

    def _take_retries(self, task_id: str, given: dict[str, Any], configured: Configured) -> None:
        retries = given.get("retries", configured.retries)
        if retries is not None and not isinstance(retries, int):
            try:
                retries = int(retries)
            except (TypeError, ValueError):
                raise compat.wrong(f"task `{task_id}`: `retries` is {retries!r}, it must be an integer") from None
        self.retries = retries or 0
        delay = given.get("retry_delay", configured.retry_delay)
        self.retry_delay = delay if isinstance(delay, dt.timedelta) else dt.timedelta(seconds=delay)
        longest = self.max_retry_delay
        if isinstance(longest, (int, float)):
            self.max_retry_delay = dt.timedelta(seconds=longest)
        timeout = given.get("execution_timeout", configured.execution_timeout)
        if timeout is not None and not isinstance(timeout, dt.timedelta):
            raise ValueError(
                f"task `{task_id}`: execution_timeout must be timedelta object but passed as type: {type(timeout)}"
            )
        self.execution_timeout = timeout

    def _take_dates(self, given: dict[str, Any]) -> None:
        for name in ("start_date", "end_date"):
            if given.get(name) is not None:
                setattr(self, name, timezone.convert_to_utc(moment(given[name])))
        self.depends_on_past = bool(self.depends_on_past or self.wait_for_downstream)
        if "ignore_first_depends_on_past" not in given:
            self.ignore_first_depends_on_past = not compat.is_three()

    def _take_limits(self, task_id: str, given: dict[str, Any]) -> None:
        if self.__dict__.pop("task_concurrency", None) is not None:
            self.max_active_tis_per_dag = self.max_active_tis_per_dag or given["task_concurrency"]
            if compat.is_three():
                warnings.warn("`task_concurrency` is `max_active_tis_per_dag` in Airflow 3", stacklevel=5)
        self.pool = self.pool or "default_pool"
        if self.pool_slots < 1:
            raise ValueError(f"pool slots for {task_id} in dag cannot be less than 1")
        self.queue = self.queue or "default"
        if not isinstance(self.priority_weight, int):
            raise compat.wrong(
                f"task `{task_id}`: `priority_weight` is {self.priority_weight!r}, it must be an integer"
            )
        if "weight_rule" in given:
            self.weight_rule = _weight_rule(given["weight_rule"], task_id)
        self.executor_config = self.executor_config or {}

    def _take_rest(self, task_id: str, given: dict[str, Any]) -> None:
        from updraft_airflow.authoring.param import ParamsDict

        self.owner = self.owner or "airflow"
        if "trigger_rule" in given:
            from updraft_airflow.authoring.abstract import check_trigger_rule

            self.trigger_rule = check_trigger_rule(given["trigger_rule"], task_id)
        self.params = ParamsDict.of(given.get("params"))
        self.inlets = as_list(given.get("inlets"))
        self.outlets = as_list(given.get("outlets"))


def _weight_rule(rule: Any, task_id: str) -> Any:
    """The weight rule; Airflow 2 refuses names that are none when the task is made."""
    from updraft_airflow.states import WeightRule

    a_name = isinstance(rule, str) and "." not in rule
    if a_name and not WeightRule.is_valid(str(rule)) and not compat.is_three():
        known = ", ".join(sorted(WeightRule.all_weight_rules()))
        raise compat.wrong(f"task `{task_id}`: the weight_rule must be one of {known}; received `{rule}`")
    return rule


def moment(value: Any) -> dt.datetime | None:
    """A time; text is read."""
    return timezone.parse(value) if isinstance(value, str) else value


def as_list(value: Any) -> list[Any]:
    """A list of values; one value alone stands for a list of it."""
    if value is None:
        return []
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return list(value) if isinstance(value, (set, frozenset)) else [value]
