"""The arguments that every operator takes, and what is made of their values.

Unmapped tasks take them from their constructor, mapped ones from `partial()`.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Collection, Sequence
from typing import Any

from updraft_airflow import compat, timezone
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

CALLBACKS = (
    "on_execute_callback",
    "on_success_callback",
    "on_failure_callback",
    "on_retry_callback",
    "on_skipped_callback",
)


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

    def _take(self, task_id: str, arguments: dict[str, Any]) -> None:
        """Takes the values; those that are missing or NOTSET get their defaults."""
        given = {name: value for name, value in arguments.items() if value is not NOTSET}
        self._take_retries(task_id, given)
        self._take_dates(given)
        self._take_limits(task_id, given)
        self._take_callbacks(given)
        self._take_rest(task_id, given)

    def _take_retries(self, task_id: str, given: dict[str, Any]) -> None:
        from updraft_airflow.configuration import conf

        retries = given.get("retries", conf.getint("core", "default_task_retries"))
        if retries is not None and not isinstance(retries, int):
            try:
                retries = int(retries)
            except (TypeError, ValueError):
                raise compat.wrong(f"task `{task_id}`: `retries` is {retries!r}, it must be an integer") from None
        self.retries = retries or 0
        delay = given.get("retry_delay", conf.getint("core", "default_task_retry_delay"))
        self.retry_delay = delay if isinstance(delay, dt.timedelta) else dt.timedelta(seconds=delay)
        longest = given.get("max_retry_delay")
        self.max_retry_delay = dt.timedelta(seconds=longest) if isinstance(longest, (int, float)) else longest
        self.retry_exponential_backoff = given.get("retry_exponential_backoff", False)
        self.retry_policy = given.get("retry_policy")
        timeout = given.get("execution_timeout")
        if timeout is None and "execution_timeout" not in given:
            timeout = conf.gettimedelta("core", "default_task_execution_timeout", fallback=None)
        if timeout is not None and not isinstance(timeout, dt.timedelta):
            raise ValueError(
                f"task `{task_id}`: execution_timeout must be timedelta object but passed as type: {type(timeout)}"
            )
        self.execution_timeout = timeout

    def _take_dates(self, given: dict[str, Any]) -> None:
        self.start_date = timezone.convert_to_utc(moment(given.get("start_date")))
        self.end_date = timezone.convert_to_utc(moment(given.get("end_date")))
        self.depends_on_past = bool(given.get("depends_on_past", False))
        self.ignore_first_depends_on_past = given.get("ignore_first_depends_on_past", not compat.is_three())
        self.wait_for_past_depends_before_skipping = given.get("wait_for_past_depends_before_skipping", False)
        self.wait_for_downstream = given.get("wait_for_downstream", False)
        if self.wait_for_downstream:
            self.depends_on_past = True

    def _take_limits(self, task_id: str, given: dict[str, Any]) -> None:
        if "task_concurrency" in given and given["task_concurrency"] is not None:
            given["max_active_tis_per_dag"] = given.get("max_active_tis_per_dag") or given["task_concurrency"]
            if compat.is_three():
                warnings.warn("`task_concurrency` is `max_active_tis_per_dag` in Airflow 3", stacklevel=5)
        self.pool = given.get("pool") or "default_pool"
        self.pool_slots = given.get("pool_slots", 1)
        if self.pool_slots < 1:
            raise ValueError(f"pool slots for {task_id} in dag cannot be less than 1")
        self.queue = given.get("queue") or "default"
        self.priority_weight = given.get("priority_weight", 1)
        if not isinstance(self.priority_weight, int):
            raise compat.wrong(
                f"task `{task_id}`: `priority_weight` is {self.priority_weight!r}, it must be an integer"
            )
        self.weight_rule = _weight_rule(given.get("weight_rule", "downstream"), task_id)
        self.max_active_tis_per_dag = given.get("max_active_tis_per_dag")
        self.max_active_tis_per_dagrun = given.get("max_active_tis_per_dagrun")
        self.executor = given.get("executor")
        self.executor_config = given.get("executor_config") or {}
        self.run_as_user = given.get("run_as_user")
        self.resources = given.get("resources")

    def _take_callbacks(self, given: dict[str, Any]) -> None:
        for name in CALLBACKS:
            setattr(self, name, given.get(name))
        self._pre_execute_hook = given.get("pre_execute")
        self._post_execute_hook = given.get("post_execute")

    def _take_rest(self, task_id: str, given: dict[str, Any]) -> None:
        from updraft_airflow.authoring.abstract import check_trigger_rule
        from updraft_airflow.authoring.param import ParamsDict

        self.owner = given.get("owner") or "airflow"
        self.email = given.get("email")
        self.email_on_retry = given.get("email_on_retry", True)
        self.email_on_failure = given.get("email_on_failure", True)
        self.sla = given.get("sla")
        self.trigger_rule = check_trigger_rule(given.get("trigger_rule", "all_success"), task_id)
        self.params = ParamsDict.of(given.get("params"))
        self.do_xcom_push = given.get("do_xcom_push", True)
        self.multiple_outputs = given.get("multiple_outputs", False)
        self.inlets = as_list(given.get("inlets"))
        self.outlets = as_list(given.get("outlets"))
        self.map_index_template = given.get("map_index_template")
        self.logger_name = given.get("logger_name")
        self.allow_nested_operators = given.get("allow_nested_operators", True)
        self.render_template_as_native_obj = given.get("render_template_as_native_obj")
        self._task_display_name = given.get("task_display_name")
        for name in ("doc", "doc_md", "doc_json", "doc_yaml", "doc_rst"):
            setattr(self, name, given.get(name))


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
