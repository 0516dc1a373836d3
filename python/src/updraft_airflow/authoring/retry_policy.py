"""Retry policies: what a task says about its own failure, by the exception. Airflow 3.3."""

from __future__ import annotations

import datetime as dt
import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import Any

from updraft_airflow.helpers import import_string, qualname

log = logging.getLogger("airflow.task")


class RetryAction(Enum):
    """What is to follow a failure."""

    RETRY = "retry"
    FAIL = "fail"
    DEFAULT = "default"


@dataclass(frozen=True)
class RetryDecision:
    """What a policy says of one failure. A retry is one of the task's `retries`; without a delay of its own it waits as the task says."""

    action: RetryAction = RetryAction.DEFAULT
    retry_delay: dt.timedelta | None = None
    reason: str | None = None

    @classmethod
    def fail(cls, reason: str | None = None) -> RetryDecision:
        """The task has failed for good."""
        return cls(RetryAction.FAIL, reason=reason)

    @classmethod
    def retry(cls, delay: dt.timedelta | None = None, reason: str | None = None) -> RetryDecision:
        """Another try, after this time."""
        return cls(RetryAction.RETRY, delay, reason)

    @classmethod
    def default(cls) -> RetryDecision:
        """As if there were no policy."""
        return cls()


class RetryPolicy(ABC):
    """Decides about failures, in the process of the attempt. It is not asked about an `AirflowFailException` or the end of a sensor's time."""

    @abstractmethod
    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        """What is to follow this failure of this try, from 1."""

    def serialize(self) -> dict[str, Any]:
        """The policy as JSON."""
        raise NotImplementedError(f"{type(self).__name__} has no `serialize`")

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> RetryPolicy:
        """The policy that `serialize` has written."""
        raise NotImplementedError(f"{cls.__name__} has no `deserialize`")


@dataclass
class RetryRule:
    """What is to follow exceptions of some classes, which may be named by their paths."""

    exception: Any
    action: RetryAction = RetryAction.RETRY
    retry_delay: dt.timedelta | None = None
    reason: str | None = None
    match_subclasses: bool = True

    def __post_init__(self) -> None:
        for one in self._given:
            if isinstance(one, str) and "." not in one:
                raise ValueError(
                    f"a RetryRule names an exception by its path, 'builtins.ValueError' for example, not {one!r}"
                )
            if isinstance(one, str) and _class(one) is None:
                log.warning("RetryRule: there is no exception %r here; it may be there where the task runs", one)

    @property
    def _given(self) -> list[Any]:
        return self.exception if isinstance(self.exception, list) else [self.exception]

    @property
    def _paths(self) -> list[str]:
        return [one if isinstance(one, str) else qualname(one) for one in self._given]

    @property
    def exception_path(self) -> str:
        """The paths of the classes, with commas between them."""
        return ",".join(self._paths)

    def matches(self, exc: BaseException) -> bool:
        """Whether it is about this exception."""
        kinds = [kind for one in self._given if (kind := _class(one)) is not None]
        return isinstance(exc, tuple(kinds)) if self.match_subclasses else type(exc) in kinds

    def serialize(self) -> dict[str, Any]:
        """The rule as JSON."""
        paths = self._paths
        told: dict[str, Any] = {
            "exception": paths if len(paths) > 1 else paths[0],
            "action": self.action.value,
            "match_subclasses": self.match_subclasses,
        }
        if self.retry_delay is not None:
            told["retry_delay"] = self.retry_delay.total_seconds()
        return told if self.reason is None else {**told, "reason": self.reason}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> RetryRule:
        """The rule that `serialize` has written."""
        delay = data.get("retry_delay")
        return cls(
            data["exception"],
            RetryAction(data["action"]),
            None if delay is None else dt.timedelta(seconds=delay),
            data.get("reason"),
            data.get("match_subclasses", True),
        )


class ExceptionRetryPolicy(RetryPolicy):
    """The first rule that is about the exception decides."""

    def __init__(self, rules: list[RetryRule], default: RetryAction = RetryAction.DEFAULT) -> None:
        self.rules, self.default = rules, default

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        rule = next((rule for rule in self.rules if rule.matches(exception)), None)
        if rule is None:
            return RetryDecision(self.default)
        return RetryDecision(
            rule.action, rule.retry_delay, rule.reason or f"a rule is about {type(exception).__name__}"
        )

    def serialize(self) -> dict[str, Any]:
        rules = [rule.serialize() for rule in self.rules]
        return {"__type": "ExceptionRetryPolicy", "rules": rules, "default": self.default.value}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> ExceptionRetryPolicy:
        rules = [RetryRule.deserialize(rule) for rule in data["rules"]]
        return cls(rules, RetryAction(data.get("default", "default")))


def decide(ti: Any, error: BaseException, context: Any) -> RetryDecision:
    """What the policy of a task says; as if there were none if it fails itself."""
    if ti.task.retry_policy is None:
        return RetryDecision()
    try:
        decision = ti.task.retry_policy.evaluate(error, ti.try_number, ti.max_tries, context)
    except Exception:
        log.exception("the retry policy fails, so `retries` and `retry_delay` alone count")
        return RetryDecision()
    if decision.reason:
        log.info("the retry policy decides `%s`: %s", decision.action.value, decision.reason)
    return decision


def _class(given: Any) -> type[BaseException] | None:
    if not isinstance(given, str):
        return given
    try:
        return import_string(given)
    except (ImportError, AttributeError):
        return None
