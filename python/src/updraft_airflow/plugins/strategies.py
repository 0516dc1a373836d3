"""Strategies for the weights of tasks, by the path of their class."""

from __future__ import annotations

from typing import Any

from updraft_airflow.helpers import import_string


def strategy(rule: Any) -> Any:
    """The strategy that a `weight_rule` means: an object, a class, or the path of a class."""
    if isinstance(rule, str):
        from updraft_airflow.plugins.manager import registered_strategies

        rule = registered_strategies().get(rule) or import_string(rule)
    made = rule() if isinstance(rule, type) else rule
    if not callable(getattr(made, "get_weight", None)):
        raise TypeError(f"it has no `get_weight`: {made!r}")
    return made
