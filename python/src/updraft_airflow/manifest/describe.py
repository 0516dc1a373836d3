"""A DAG as the engine reads it: `DagSpec` of `updraft-model`, and beside it what only Python knows.

`data` has the engine's fields alone. `python` holds the rest; the engine does not read it yet:

| field | what it is |
|---|---|
| `version` | 1; it changes when the meaning of a field does |
| `timetable` | class path and arguments of the timetable |
| `display_name`, `owner_links`, `access_control` | as the DAG says them |
| `tasks` | by id: `class`, `template_fields`, `start_date` and `end_date` where the DAG has others, `executor`, `executor_config`, `run_as_user`, `display_name`, `ui_color`, `edge_labels`, `do_xcom_push` and `start_from_trigger` |
| `groups` | by id: `display_name`, `ui_color`, `ui_fgcolor` |
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from updraft_airflow import policies, timezone
from updraft_airflow.authoring.arguments import CALLBACKS
from updraft_airflow.authoring.assets import Asset, AssetAlias, AssetRef, describe_alias
from updraft_airflow.authoring.assets import describe as describe_asset
from updraft_airflow.authoring.taskgroup import MappedTaskGroup
from updraft_airflow.helpers import qualname
from updraft_airflow.manifest.mapping import Numbers, expand_input
from updraft_airflow.operators.email import get_email_address_list
from updraft_airflow.plugins.listeners import RUN_HOOKS, get_listener_manager
from updraft_airflow.plugins.strategies import strategy
from updraft_airflow.runtime.instances import TaskInstance
from updraft_airflow.states import WeightRule
from updraft_airflow.timetables.engine import describe as describe_timetable
from updraft_airflow.unset import is_arg_set

EXTENSION_VERSION = 1

_FACTOR_MAX = 1e9
"""With this one any wait is the longest that there is."""


class Description:
    """The description of one DAG, and what works but should be changed."""

    def __init__(self, dag: Any) -> None:
        self.warnings: list[str] = []
        self._dag = dag
        self._numbers = Numbers()
        self.data = self._describe()
        self.python = self._beside()

    def as_json(self) -> dict[str, Any]:
        """Both parts."""
        return {"data": self.data, "python": self.python}

    def _describe(self) -> dict[str, Any]:
        dag = self._dag
        start, end = _span(dag)
        described: dict[str, Any] = {
            "dag_id": dag.dag_id,
            "compat": dag.compat,
            "description": dag.description,
            "doc_md": dag.doc_md,
            "schedule": self._schedule(),
            "timezone": _zone(dag),
            "start_date": _instant(start),
            "end_date": _instant(end),
            "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs,
            "max_active_tasks": dag.max_active_tasks,
            "dagrun_timeout": _seconds(dag.dagrun_timeout),
            "tags": sorted(dag.tags),
            "params": {name: param.value for name, param in dag.params.items_raw() if is_arg_set(param.value)},
            # One that is a task of another runs when that one does.
            "is_paused_upon_creation": False if dag.is_subdag else dag.is_paused_upon_creation,
            "fail_fast": dag.fail_fast,
            "render_template_as_native_obj": dag.render_template_as_native_obj,
            "fileloc": dag.fileloc,
            "tasks": [self._task(task) for task in dag.tasks],
            "task_groups": [self._group(group) for group in dag.task_group_dict.values()],
        }
        described.update(_unless_empty("param_specs", _param_specs(dag)))
        described.update(_unless_empty("callbacks", _callbacks(dag)))
        described.update(_unless_empty("deadlines", [deadline.describe() for deadline in dag.deadlines]))
        return described

    def _schedule(self) -> dict[str, Any]:
        if self._dag.is_subdag:
            return {"type": "none"}
        return describe_timetable(self._dag.timetable)

    def _task(self, task: Any) -> dict[str, Any]:
        described: dict[str, Any] = {
            "task_id": task.task_id,
            "operator": task.operator_name,
            "is_empty": _does_nothing(task),
            "upstream_task_ids": sorted(task.upstream_task_ids),
            "trigger_rule": str(task.trigger_rule.today),
            "owner": task.owner,
            "retries": task.retries,
            "retry_delay": _seconds(task.retry_delay),
            **_backoff(task),
            "max_retry_delay": _seconds(task.max_retry_delay),
            "execution_timeout": _seconds(task.execution_timeout),
            "depends_on_past": task.depends_on_past,
            "pool": task.pool,
            "pool_slots": task.pool_slots,
            "queue": task.queue,
            **self._weight(task),
            "email_on_failure": task.email_on_failure,
            "email_on_retry": task.email_on_retry,
            "email": get_email_address_list(task.email or []),
            "doc_md": task.doc_md,
            "task_group": task.task_group.group_id if task.task_group is not None else None,
            "is_setup": task.is_setup,
            "is_teardown": task.is_teardown,
            "on_failure_fail_dagrun": task.on_failure_fail_dagrun,
        }
        described.update(self._later(task))
        described.update(self._mutated(task))
        return described

    def _mutated(self, task: Any) -> dict[str, Any]:
        """What the installation's hook for attempts changes when an attempt is made."""
        if not policies.is_there("task_instance_mutation_hook"):
            return {}
        made = TaskInstance(task)
        fields = ("queue", "pool", "pool_slots", "priority_weight")
        before = {name: getattr(made, name) for name in fields}
        try:
            policies.task_instance_mutation_hook(made)
        except Exception as error:
            self.warnings.append(
                f"task `{task.task_id}`: `task_instance_mutation_hook` fails, so it changes nothing: {error}"
            )
            return {}
        return {name: getattr(made, name) for name in fields if getattr(made, name) != before[name]}

    def _later(self, task: Any) -> dict[str, Any]:
        """Fields that are left out where they have their default."""
        fields: dict[str, Any] = {}
        fields.update(self._sla(task))
        if not task.ignore_first_depends_on_past:
            fields["ignore_first_depends_on_past"] = False
        for name in ("wait_for_downstream", "wait_for_past_depends_before_skipping"):
            fields.update(_unless_empty(name, getattr(task, name)))
        for name in ("max_active_tis_per_dag", "max_active_tis_per_dagrun", "map_index_template"):
            fields.update(_unless_empty(name, getattr(task, name)))
        if task.is_mapped:
            fields["expand_input"] = expand_input(task.expand_input, self._numbers)
        fields.update(_unless_empty("callbacks", sorted(name for name in CALLBACKS if getattr(task, name))))
        for name in ("outlets", "inlets"):
            assets = [item for item in getattr(task, name) if isinstance(item, Asset)]
            fields.update(_unless_empty(name, [describe_asset(asset) for asset in assets]))
            aliases = [describe_alias(item) for item in getattr(task, name) if isinstance(item, AssetAlias)]
            fields.update(_unless_empty(f"{name.removesuffix('s')}_aliases", aliases))
            refs = [item.describe() for item in getattr(task, name) if isinstance(item, AssetRef)]
            fields.update(_unless_empty(f"{name.removesuffix('s')}_refs", refs))
        return fields

    def _sla(self, task: Any) -> dict[str, Any]:
        if self._dag.compat == 2 or task.sla is None:
            return _unless_empty("sla", _seconds(task.sla))
        self.warnings.append(
            f"task `{task.task_id}`: Airflow 3 has no `sla`, so it is ignored; a `deadline` of the DAG takes its place"
        )
        return {}

    def _weight(self, task: Any) -> dict[str, Any]:
        """Weight and rule. A strategy of one's own is asked once, for a first try; its answer is the weight."""
        rule = task.weight_rule
        if isinstance(rule, str) and WeightRule.is_valid(str(rule)):
            return {"priority_weight": task.priority_weight, "weight_rule": str(rule)}
        name = rule if isinstance(rule, str) else qualname(rule)
        try:
            attempt = TaskInstance(task)
            attempt.try_number = 1
            return {"priority_weight": int(strategy(rule).get_weight(attempt)), "weight_rule": "absolute"}
        except Exception as error:
            self.warnings.append(
                f"task `{task.task_id}`: the weight rule `{name}` cannot be asked, `downstream` is used: {type(error).__name__}: {error}"
            )
            return {"priority_weight": task.priority_weight, "weight_rule": "downstream"}

    def _group(self, group: Any) -> dict[str, Any]:
        parent = group.parent_group.group_id if group.parent_group is not None else None
        described: dict[str, Any] = {
            "group_id": group.group_id,
            "parent": parent,
            "prefix_group_id": group.prefix_group_id,
            "tooltip": group.tooltip,
        }
        if isinstance(group, MappedTaskGroup):
            described["expand_input"] = expand_input(group.expand_input, self._numbers)
        return described

    # What only Python knows.

    def _beside(self) -> dict[str, Any]:
        from updraft_airflow.timetables.other import encode

        dag = self._dag
        told: dict[str, Any] = {
            "version": EXTENSION_VERSION,
            "timetable": encode(dag.timetable),
            "tasks": {task.task_id: self._beside_task(task) for task in dag.tasks},
        }
        groups = {group_id: _beside_group(group) for group_id, group in dag.task_group_dict.items()}
        told.update(_unless_empty("groups", {group_id: more for group_id, more in groups.items() if more}))
        told.update(_unless_empty("display_name", dag._dag_display_name))
        told.update(_unless_empty("owner_links", dag.owner_links))
        told.update(_unless_empty("access_control", dag.access_control))
        return told

    def _beside_task(self, task: Any) -> dict[str, Any]:
        told: dict[str, Any] = {"class": qualname(task.operator_class), "template_fields": list(task.template_fields)}
        for name in ("start_date", "end_date"):
            value = getattr(task, name)
            if value is not None and value != getattr(self._dag, name):
                told[name] = _instant(value)
        told.update(_unless_empty("executor", task.executor))
        told.update(_unless_empty("executor_config", _as_json(task.executor_config)))
        told.update(_unless_empty("run_as_user", task.run_as_user))
        told.update(_unless_empty("display_name", task._task_display_name))
        told.update(_unless_empty("start_from_trigger", task.start_from_trigger))
        if task.ui_color != "#fff":
            told["ui_color"] = task.ui_color
        if not task.do_xcom_push:
            told["do_xcom_push"] = False
        labels = {
            after: info["label"]
            for after, info in self._dag.edge_info.get(task.task_id, {}).items()
            if info.get("label")
        }
        told.update(_unless_empty("edge_labels", labels))
        return told


def _callbacks(dag: Any) -> list[str]:
    """What the engine is to call: functions of the DAG, and listeners of plugins, which are told of the beginning and end of each run."""
    callbacks = ("on_success_callback", "on_failure_callback", "sla_miss_callback")
    listeners = get_listener_manager()
    told = {name for name, hook in RUN_HOOKS.items() if listeners.listens_to(hook)}
    return sorted(told.union(name for name in callbacks if getattr(dag, name)))


def _backoff(task: Any) -> dict[str, Any]:
    """Whether the wait between tries grows. In Airflow 3 by a factor, of which 1 and less than nothing are none; in Airflow 2 it doubles."""
    given = task.retry_exponential_backoff
    if isinstance(given, bool) or task.dag.compat == 2:
        return {"retry_exponential_backoff": bool(given)}
    if not given > 0 or given == 1:
        return {"retry_exponential_backoff": False}
    factor = {} if given == 2 else {"retry_backoff_factor": min(float(given), _FACTOR_MAX)}
    return {"retry_exponential_backoff": True, **factor}


def _does_nothing(task: Any) -> bool:
    called = task.on_execute_callback or task.on_success_callback
    return bool(task.inherits_from_empty_operator and not called)


def _beside_group(group: Any) -> dict[str, Any]:
    told = _unless_empty("display_name", group.group_display_name)
    for name, default in (("ui_color", "CornflowerBlue"), ("ui_fgcolor", "#000")):
        if getattr(group, name) != default:
            told[name] = getattr(group, name)
    return told


def _span(dag: Any) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Between which dates there are scheduled runs: those of the DAG and of its tasks."""
    starts = [task.start_date for task in dag.tasks if task.start_date is not None]
    starts += [dag.start_date] if dag.start_date is not None else []
    end = dag.end_date
    ends = [task.end_date for task in dag.tasks if task.end_date is not None]
    if end is None and ends and len(ends) == len(dag.tasks):
        end = max(ends)
    return min(starts, default=None), end


def _zone(dag: Any) -> str:
    """The zone that the schedule is read in: the timetable's own, else the DAG's."""
    own = getattr(getattr(dag.timetable, "timetable", dag.timetable), "_timezone", None)
    return timezone.zone_name(own if own is not None else dag.timezone)


def _param_specs(dag: Any) -> dict[str, Any]:
    specs: dict[str, Any] = {}
    for name, param in dag.params.items_raw():
        spec = {**_unless_empty("description", param.description), **_unless_empty("schema", param.schema)}
        if spec or not is_arg_set(param.value):
            specs[name] = spec
    return specs


def _unless_empty(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value or (value == 0 and value is not False) else {}


def _seconds(value: Any) -> float | None:
    return value.total_seconds() if isinstance(value, dt.timedelta) else value


def _instant(value: dt.datetime | None) -> str | None:
    return None if value is None else timezone.instant(value)


def _as_json(value: Any) -> Any:
    """JSON; objects that it lacks are named by their class."""
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_as_json(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return {"__type": qualname(type(value))}
