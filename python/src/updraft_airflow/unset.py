"""Values that stand for no value, where `None` would be one."""

from __future__ import annotations

from typing import Any


class ArgNotSet:
    """The argument was not given."""

    def __repr__(self) -> str:
        return "NOTSET"

    def __bool__(self) -> bool:
        return False


class SetDuringExecution(ArgNotSet):
    """The value is found only when the task runs."""

    def __repr__(self) -> str:
        return "DYNAMIC (set during execution)"


NOTSET: Any = ArgNotSet()
SET_DURING_EXECUTION: Any = SetDuringExecution()


def is_arg_set(value: Any) -> bool:
    """Whether the argument was given."""
    return value is not NOTSET
