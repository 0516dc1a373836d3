"""The engine's answers, as those who ask know them."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.runtime import messages
from updraft_airflow.serve.order import asset_event, dag_run


def _plainly(kind: type[Any]) -> Callable[[dict[str, Any]], messages.Answer]:
    """The answer has the fields of the frame."""

    def made(body: dict[str, Any]) -> messages.Answer:
        return kind(**{name: body[name] for name in kind._fields if name in body})

    return made


def _dag(body: dict[str, Any]) -> messages.Answer:
    told = {name: body[name] for name in messages.DagResult._fields if name in body}
    return messages.DagResult(**{**told, "next_dagrun": timezone.coerce_datetime(body.get("next_dagrun"))})


def _previous_run(body: dict[str, Any]) -> messages.Answer:
    told = body.get("dag_run")
    return messages.DagRunResult(None if told is None else dag_run(told))


def _dates_of_run(body: dict[str, Any]) -> messages.Answer:
    dates = {name: value for name, value in body.items() if name != "type"}
    found = any(value is not None for value in dates.values())
    return messages.DagRunResult(types.SimpleNamespace(**dates) if found else None)


def _previous_task(body: dict[str, Any]) -> messages.Answer:
    told = body.get("task_instance")
    if told is None:
        return messages.PreviousTIResult()
    dates = {name: timezone.coerce_datetime(told.get(name)) for name in ("logical_date", "start_date", "end_date")}
    return messages.PreviousTIResult(types.SimpleNamespace(**{**told, **dates}))


def _people(body: dict[str, Any]) -> messages.Answer:
    told = {name: body[name] for name in messages.HITLDetailResponse._fields if name in body}
    return messages.HITLDetailResponse(**{**told, "responded_at": timezone.coerce_datetime(body.get("responded_at"))})


def _count(body: dict[str, Any]) -> messages.Answer:
    return messages.CountResult(body["count"])


_READERS: dict[str, Callable[[dict[str, Any]], messages.Answer]] = {
    kind.__name__: _plainly(kind)
    for kind in (
        messages.XComResult, messages.XComCountResponse, messages.XComSequenceIndexResult,
        messages.XComSequenceSliceResult, messages.VariableResult, messages.ConnectionResult, messages.OKResponse,
        messages.DagRunStateResult, messages.TaskStatesResult, messages.InactiveAssetsResult,
        messages.AssetResult, messages.TaskStateStoreResult, messages.AssetStateStoreResult,
        messages.AssetsByAliasResult,
    )
} | {
    "DagResult": _dag,
    "DagRunResult": lambda body: messages.DagRunResult(dag_run(body)),
    "PreviousDagRunResult": _previous_run,
    "PrevSuccessfulDagRunResult": _dates_of_run,
    "PreviousTIResult": _previous_task,
    "HITLDetailResponse": _people,
    "DRCount": _count,
    "TICount": _count,
    "AssetEventsResult": lambda body: messages.AssetEventsResult([asset_event(one) for one in body["asset_events"]]),
}  # fmt: skip


def read(body: dict[str, Any]) -> messages.Answer | None:
    """The answer; nothing if this program does not know such a one."""
    reader = _READERS.get(body.get("type", "?"))
    return None if reader is None else reader(body)
