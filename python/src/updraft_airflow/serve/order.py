"""What an order says, as the objects that tasks see."""

from __future__ import annotations

import types
import uuid
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.authoring.assets import Asset, AssetAlias
from updraft_airflow.runtime import serde
from updraft_airflow.runtime.instances import DagRun, TaskInstance
from updraft_airflow.runtime.outlets import TriggeringEvents
from updraft_airflow.states import DagRunState, DagRunType


def instance(task: Any, order: dict[str, Any]) -> TaskInstance:
    """The attempt."""
    told, context = order["ti"], order["ti_context"]
    ti = TaskInstance(task, dag_run(context["dag_run"], task.dag), map_index=told.get("map_index", -1))
    ti.id = uuid.UUID(told["id"])
    ti.try_number, ti.max_tries = told["try_number"], context["max_tries"]
    ti.hostname = told.get("hostname") or ti.hostname
    ti.queue = told.get("queue", ti.queue)
    ti.start_date = timezone.coerce_datetime(context.get("start_date") or order["start_date"])
    ti.reschedule_count = context.get("task_reschedule_count", 0)
    ti.next_method = context.get("next_method")
    if ti.next_method is not None:
        ti.next_kwargs = serde.deserialize(context.get("next_kwargs") or {})
    return ti


def dag_run(told: dict[str, Any], dag: Any = None) -> DagRun:
    """A run; of another DAG than that of the file without that."""
    start, end = told.get("data_interval_start"), told.get("data_interval_end")
    run = DagRun(
        told["dag_id"],
        told["run_id"],
        run_type=_known(DagRunType, told["run_type"]),
        logical_date=told.get("logical_date"),
        data_interval=(start, end) if start is not None and end is not None else None,
        run_after=told.get("run_after"),
        conf=told.get("conf"),
    )
    run.state = _known(DagRunState, told["state"])
    run.start_date = timezone.coerce_datetime(told.get("start_date"))
    run.end_date = timezone.coerce_datetime(told.get("end_date"))
    run.consumed_asset_events = _events(dag, told.get("consumed_asset_events") or [])
    run.dag = dag
    return run


def _known(kind: Any, name: str) -> Any:
    """A kind of run that is newer than this program stays a text."""
    try:
        return kind(name)
    except ValueError:
        return name


def _events(dag: Any, told: list[dict[str, Any]]) -> dict[Any, list[Any]]:
    """The events that have caused the run, by asset and by the alias that told of it; in Airflow 2 by the asset's uri."""
    events = TriggeringEvents()
    for one in told:
        event = asset_event(one)
        if dag is not None and dag.compat == 2:
            events.setdefault(event.uri, []).append(event)
            continue
        events.setdefault(event.asset, []).append(event)
        for alias in event.source_aliases:
            events.setdefault(AssetAlias(alias.name), []).append(event)
    return events


def asset_event(told: dict[str, Any]) -> Any:
    """An event of an asset."""
    asset = Asset(name=told["asset"]["name"], uri=told["asset"]["uri"], extra=told["asset"].get("extra"))
    aliases = [types.SimpleNamespace(**alias) for alias in told.get("source_aliases") or []]
    return types.SimpleNamespace(**{**told, "asset": asset, "uri": asset.uri, "source_aliases": aliases})
