"""How an attempt ended, as the message that says so."""

from __future__ import annotations

from typing import Any

from updraft_airflow import timezone
from updraft_airflow.authoring.assets import Asset, AssetRef
from updraft_airflow.runtime import serde
from updraft_airflow.runtime.outlets import Said, said
from updraft_airflow.runtime.runner import Ended
from updraft_airflow.serve import plain
from updraft_airflow.states import TaskInstanceState

_REASON_LENGTH_MAX = 2000
"""How much of an error goes into lists; the log has all of it."""


def message(ended: Ended, context: Any, *, again: bool) -> dict[str, Any]:
    """The message for what the runner says. `again` says whether there is a further try, as the engine counts."""
    if ended.deferred is not None:
        return _deferred(ended.deferred)
    if ended.reschedule_at is not None:
        return {
            "type": "RescheduleTask",
            "state": "up_for_reschedule",
            "reschedule_date": plain.utc(ended.reschedule_at),
            "end_date": plain.utc(timezone.utcnow()),
        }
    if ended.state == TaskInstanceState.SKIPPED:
        return _state("skipped", str(ended.error) or "without a reason")
    if ended.state == TaskInstanceState.SUCCESS:
        return success(context)
    told = failed(_words(ended.error), again=again and ended.state == TaskInstanceState.UP_FOR_RETRY)
    if told["type"] == "RetryTask" and ended.retry_delay is not None:
        told["retry_delay_seconds"] = ended.retry_delay.total_seconds()
    return told


def success(context: Any = None) -> dict[str, Any]:
    """It ended well; with what the task says about its assets."""
    outlets = context["outlets"] if context is not None else []
    assets = [outlet for outlet in outlets if isinstance(outlet, Asset)]
    return {
        "type": "SucceedTask",
        "state": "success",
        "end_date": plain.utc(timezone.utcnow()),
        "task_outlets": [_profile(outlet) for outlet in outlets if isinstance(outlet, (Asset, AssetRef))],
        "outlet_events": _events(context, assets) if context is not None else [],
    }


def failed(reason: str, *, again: bool) -> dict[str, Any]:
    """It failed, and may be tried again or not."""
    if again:
        reason = reason[:_REASON_LENGTH_MAX]
        now = plain.utc(timezone.utcnow())
        return {"type": "RetryTask", "state": "up_for_retry", "end_date": now, "retry_reason": reason}
    return _state("failed", reason)


def _state(state: str, reason: str) -> dict[str, Any]:
    now = plain.utc(timezone.utcnow())
    return {"type": "TaskState", "state": state, "end_date": now, "reason": reason[:_REASON_LENGTH_MAX]}


def _words(error: BaseException | None) -> str:
    if error is None:
        return "without a reason"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _deferred(deferred: Any) -> dict[str, Any]:
    classpath, kwargs = deferred.trigger.serialize()
    timeout = deferred.timeout
    return {
        "type": "DeferTask",
        "state": "deferred",
        "classpath": classpath,
        "trigger_kwargs": {name: serde.serialize(value) for name, value in kwargs.items()},
        "trigger_timeout": timeout.total_seconds() if timeout is not None else None,
        "next_method": deferred.method_name,
        "next_kwargs": serde.serialize(dict(deferred.kwargs or {})),
    }


def _profile(outlet: Asset | AssetRef) -> dict[str, Any]:
    if isinstance(outlet, AssetRef):
        return {**outlet.describe(), "type": type(outlet).__name__}
    return {"name": outlet.name, "uri": outlet.uri, "type": "Asset"}


def _events(context: Any, outlets: list[Asset]) -> list[dict[str, Any]]:
    return [_event(one) for one in said(context["outlet_events"], outlets)]


def _event(one: Said) -> dict[str, Any]:
    key = {"name": one.asset.name, "uri": one.asset.uri}
    event = {"dest_asset_key": key, "extra": serde.serialize(one.extra)}
    if one.alias is None:
        return event
    return {**event, "source_alias_name": one.alias, "dest_asset_extra": serde.serialize(one.asset.extra or {})}
