"""Whether a task runs, once all before it are over; for runs in this process. The engine decides without waiting for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from updraft_airflow.states import TaskInstanceState as Is
from updraft_airflow.states import TriggerRule


def decide(rule: TriggerRule, upstream: Iterable[tuple[str, bool]]) -> Is | None:
    """`None` if it runs, else the state that it gets. Upstreams are states, each with whether it is that of a setup."""
    states = list(upstream)
    count = Counter(state for state, _ in states)
    success, skipped, total = count[Is.SUCCESS], count[Is.SKIPPED], len(states)
    failed = count[Is.FAILED] + count[Is.UPSTREAM_FAILED]
    if not states or rule.today == TriggerRule.ALWAYS:
        return None
    if rule == TriggerRule.ALL_DONE_SETUP_SUCCESS:
        return _after_setups(states)
    verdicts = {
        TriggerRule.ALL_SUCCESS: Is.UPSTREAM_FAILED if failed else Is.SKIPPED if skipped else None,
        TriggerRule.ALL_FAILED: Is.SKIPPED if success or skipped else None,
        TriggerRule.ALL_DONE: None,
        TriggerRule.ALL_DONE_MIN_ONE_SUCCESS: None if success else Is.UPSTREAM_FAILED if failed else Is.SKIPPED,
        TriggerRule.ONE_SUCCESS: None if success else Is.SKIPPED if skipped == total else Is.UPSTREAM_FAILED,
        TriggerRule.ONE_FAILED: None if failed else Is.SKIPPED,
        TriggerRule.ONE_DONE: None if success or count[Is.FAILED] else Is.SKIPPED,
        TriggerRule.NONE_FAILED: Is.UPSTREAM_FAILED if failed else None,
        TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS: (
            Is.UPSTREAM_FAILED if failed else Is.SKIPPED if skipped == total else None
        ),
        TriggerRule.NONE_SKIPPED: Is.SKIPPED if skipped else None,
        TriggerRule.ALL_SKIPPED: Is.SKIPPED if success or failed else None,
    }
    return verdicts[rule.today]


def _after_setups(states: list[tuple[str, bool]]) -> Is | None:
    setups = [state for state, is_setup in states if is_setup]
    if not setups or Is.SUCCESS in setups:
        return None
    return Is.UPSTREAM_FAILED if {Is.FAILED, Is.UPSTREAM_FAILED} & set(setups) else Is.SKIPPED
