"""The states of tasks and runs, why runs exist, and the rules by which tasks run, under Airflow's names."""

from __future__ import annotations

from enum import Enum
from typing import Any

from updraft_airflow import compat


class Text(str, Enum):
    """An enumeration whose members are their texts."""

    def __str__(self) -> str:
        return str(self.value)


class TaskInstanceState(Text):
    """The states of a task in a run; none is `None`."""

    REMOVED = "removed"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    RESTARTING = "restarting"
    FAILED = "failed"
    UP_FOR_RETRY = "up_for_retry"
    UP_FOR_RESCHEDULE = "up_for_reschedule"
    UPSTREAM_FAILED = "upstream_failed"
    SKIPPED = "skipped"
    DEFERRED = "deferred"


class TerminalTIState(Text):
    """The states in which an attempt ends."""

    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"
    UPSTREAM_FAILED = "upstream_failed"
    REMOVED = "removed"


class IntermediateTIState(Text):
    """The states in which a task waits for its next attempt."""

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RESTARTING = "restarting"
    UP_FOR_RETRY = "up_for_retry"
    UP_FOR_RESCHEDULE = "up_for_reschedule"
    DEFERRED = "deferred"


class DagRunState(Text):
    """The states of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"


class State:
    """All states in one place."""

    SUCCESS = TaskInstanceState.SUCCESS
    RUNNING = TaskInstanceState.RUNNING
    FAILED = TaskInstanceState.FAILED
    NONE = None
    REMOVED = TaskInstanceState.REMOVED
    SCHEDULED = TaskInstanceState.SCHEDULED
    QUEUED = TaskInstanceState.QUEUED
    RESTARTING = TaskInstanceState.RESTARTING
    UP_FOR_RETRY = TaskInstanceState.UP_FOR_RETRY
    UP_FOR_RESCHEDULE = TaskInstanceState.UP_FOR_RESCHEDULE
    UPSTREAM_FAILED = TaskInstanceState.UPSTREAM_FAILED
    SKIPPED = TaskInstanceState.SKIPPED
    DEFERRED = TaskInstanceState.DEFERRED

    finished_dr_states = frozenset([DagRunState.SUCCESS, DagRunState.FAILED])
    unfinished_dr_states = frozenset([DagRunState.QUEUED, DagRunState.RUNNING])
    task_states: tuple[TaskInstanceState | None, ...] = (None, *TaskInstanceState)
    dag_states = (DagRunState.QUEUED, DagRunState.SUCCESS, DagRunState.RUNNING, DagRunState.FAILED)
    success_states = frozenset([TaskInstanceState.SUCCESS, TaskInstanceState.SKIPPED])
    failed_states = frozenset([TaskInstanceState.FAILED, TaskInstanceState.UPSTREAM_FAILED])
    finished = frozenset([*success_states, *failed_states, TaskInstanceState.REMOVED])
    unfinished = frozenset([None, *TaskInstanceState]) - finished
    adoptable_states = frozenset([TaskInstanceState.QUEUED, TaskInstanceState.RUNNING, TaskInstanceState.RESTARTING])
    running = frozenset([TaskInstanceState.RUNNING, TaskInstanceState.DEFERRED])

    @classmethod
    def color(cls, state: str | None) -> str:
        """A colour for the state."""
        return _COLOURS.get(str(state), "white")


_COLOURS = {
    "None": "lightblue",
    "success": "green",
    "running": "lime",
    "failed": "red",
    "queued": "gray",
    "scheduled": "tan",
    "skipped": "hotpink",
    "deferred": "mediumpurple",
    "up_for_retry": "gold",
    "up_for_reschedule": "turquoise",
    "upstream_failed": "orange",
}


class DagRunType(Text):
    """Why a run exists."""

    BACKFILL_JOB = "backfill"
    SCHEDULED = "scheduled"
    MANUAL = "manual"
    DATASET_TRIGGERED = "dataset_triggered"
    ASSET_TRIGGERED = "asset_triggered"
    OPERATOR_TRIGGERED = "operator_triggered"
    ASSET_MATERIALIZATION = "asset_materialization"

    def generate_run_id(self, suffix: Any = None, *_: Any, **dates: Any) -> str:
        """The id of a run of this type: `manual__2024-01-01T00:00:00+00:00`."""
        if not isinstance(suffix, str):
            moment = suffix or dates.get("logical_date") or dates.get("run_after")
            suffix = moment.isoformat() if moment is not None else ""
        return f"{self.value}__{suffix}"

    @staticmethod
    def from_run_id(run_id: str) -> DagRunType:
        """The type that the id of a run tells."""
        return next((kind for kind in DagRunType if run_id.startswith(f"{kind.value}__")), DagRunType.MANUAL)


class DagRunTriggeredByType(Text):
    """Who wanted a run."""

    CLI = "cli"
    OPERATOR = "operator"
    REST_API = "rest_api"
    UI = "ui"
    TEST = "test"
    TIMETABLE = "timetable"
    ASSET = "asset"
    BACKFILL = "backfill"


class TriggerRule(Text):
    """Which ends of the tasks before it let a task run."""

    ALL_SUCCESS = "all_success"
    ALL_FAILED = "all_failed"
    ALL_DONE = "all_done"
    ALL_DONE_MIN_ONE_SUCCESS = "all_done_min_one_success"
    ALL_DONE_SETUP_SUCCESS = "all_done_setup_success"
    ONE_SUCCESS = "one_success"
    ONE_FAILED = "one_failed"
    ONE_DONE = "one_done"
    NONE_FAILED = "none_failed"
    NONE_FAILED_OR_SKIPPED = "none_failed_or_skipped"
    NONE_FAILED_MIN_ONE_SUCCESS = "none_failed_min_one_success"
    NONE_SKIPPED = "none_skipped"
    ALL_SKIPPED = "all_skipped"
    ALWAYS = "always"
    DUMMY = "dummy"

    @classmethod
    def all_triggers(cls) -> set[str]:
        """The rules that there are at this level."""
        return set(_TRIGGER_RULES[compat.level()])

    @classmethod
    def is_valid(cls, trigger_rule: str) -> bool:
        """Whether there is such a rule at this level."""
        return trigger_rule in _TRIGGER_RULES[compat.level()]

    @property
    def today(self) -> TriggerRule:
        """The rule under the name that it has now."""
        return _RENAMED.get(self, self)


_ONLY_TWO = (TriggerRule.DUMMY, TriggerRule.NONE_FAILED_OR_SKIPPED)
_ONLY_THREE = (TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,)
_TRIGGER_RULES = {
    2: {rule.value for rule in TriggerRule if rule not in _ONLY_THREE},
    3: {rule.value for rule in TriggerRule if rule not in _ONLY_TWO},
}
_RENAMED = {
    TriggerRule.DUMMY: TriggerRule.ALWAYS,
    TriggerRule.NONE_FAILED_OR_SKIPPED: TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
}


class WeightRule(Text):
    """How a task's priority weight takes its neighbours into account."""

    DOWNSTREAM = "downstream"
    UPSTREAM = "upstream"
    ABSOLUTE = "absolute"

    @classmethod
    def is_valid(cls, weight_rule: str) -> bool:
        """Whether there is such a rule."""
        return any(weight_rule == rule.value for rule in cls)

    @classmethod
    def all_weight_rules(cls) -> set[str]:
        """All rules."""
        return {rule.value for rule in cls}


class PriorityWeightStrategy:
    """How a task's weight is worked out, in Python. The engine knows the three rules; a class of one's own is refused."""

    def get_weight(self, ti: Any) -> int:
        """The weight of a task of a run."""
        raise NotImplementedError

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> PriorityWeightStrategy:
        """Made of what `serialize` has written."""
        return cls(**data)

    def serialize(self) -> dict[str, Any]:
        """What it takes to make it again."""
        return {}
