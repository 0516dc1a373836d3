"""The supervisor of `dag.test()`: everything is in this process."""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.authoring.assets import Asset, AssetNameRef, AssetRef, AssetUriRef
from updraft_airflow.exceptions import ErrorType
from updraft_airflow.log import mask_secret
from updraft_airflow.runtime import messages
from updraft_airflow.runtime.outlets import Said, known_asset, said
from updraft_airflow.runtime.supervisor import Nobody, Supervisor
from updraft_airflow.states import DagRunState

ASSET_EVENTS: list[Any] = []
"""What `dag.test()` has done to assets in this process, the oldest first: other DAGs read it in their own runs."""


STATES: dict[tuple[str, str], dict[str, str]] = {}
"""What tasks keep in state stores, as JSON, by the store and key; it outlives a run as `ASSET_EVENTS` do."""


class MemorySupervisor:
    """Keeps XComs, Variables and Connections in memory. `beyond` is asked for Variables and Connections that are not there."""

    def __init__(self, beyond: Supervisor | None = None) -> None:
        self._beyond = beyond or Nobody()
        self.xcoms: dict[tuple[str, str, str, int, str], Any] = {}
        self.variables: dict[str, str | None] = {}
        self.connections: dict[str, messages.ConnectionResult] = {}
        self.answers: dict[str, messages.HITLDetailResponse] = {}
        self.runs: dict[tuple[str, str], Any] = {}
        self.rendered: dict[str, Any] = {}
        self.skipped: set[tuple[str, int | None]] = set()
        self.triggered: list[messages.TriggerDagRun] = []
        self.within: dict[str, Callable[[messages.TriggerDagRun], None]] = {}
        """By DAG what runs it here and now; runs of others are only noted."""
        self.assets: list[Asset] = []
        """What the DAG describes: references to it are understood."""
        self.first_starts: dict[str, Any] = {}
        self._answers: dict[type[Any], Callable[[Any], messages.Answer]] = {
            messages.GetXCom: self._get_xcom,
            messages.SetXCom: self._set_xcom,
            messages.DeleteXCom: self._delete_xcom,
            messages.GetXComCount: lambda ask: messages.XComCountResponse(len(self._values(ask))),
            messages.GetXComSequenceItem: self._item,
            messages.GetXComSequenceSlice: self._slice,
            messages.UpdraftGetXComItem: self._entry,
            messages.UpdraftGetNewestXCom: self._newest,
            messages.GetVariable: self._variable,
            messages.PutVariable: self._put_variable,
            messages.DeleteVariable: self._delete_variable,
            messages.GetConnection: self._connection,
            messages.MaskSecret: self._mask,
            messages.SetRenderedFields: self._render,
            messages.SetRenderedMapIndex: lambda _: messages.OKResponse(),
            messages.SkipDownstreamTasks: self._skip,
            messages.TriggerDagRun: self._trigger,
            messages.GetDag: lambda ask: messages.DagResult(ask.dag_id),
            messages.GetDagRun: lambda ask: messages.DagRunResult(self.runs.get((ask.dag_id, ask.run_id))),
            messages.GetDagRunState: self._run_state,
            messages.GetPreviousDagRun: lambda _: messages.DagRunResult(),
            messages.GetPrevSuccessfulDagRun: lambda _: messages.DagRunResult(),
            messages.GetPreviousTI: lambda _: messages.PreviousTIResult(),
            messages.GetAssetByName: lambda ask: self._asset(AssetNameRef(ask.name)),
            messages.GetAssetByUri: lambda ask: self._asset(AssetUriRef(ask.uri)),
            messages.GetAssetsByAlias: self._assets_of_alias,
            messages.GetTaskStateStore: lambda ask: self._state(("task", ask.ti_id), ask),
            messages.SetTaskStateStore: lambda ask: self._keep(("task", ask.ti_id), ask),
            messages.DeleteTaskStateStore: lambda ask: self._drop(("task", ask.ti_id), ask.key),
            messages.ClearTaskStateStore: lambda ask: self._drop(("task", ask.ti_id), None),
            messages.GetAssetStateStoreByName: lambda ask: self._state(self._known(AssetNameRef(ask.name)), ask),
            messages.GetAssetStateStoreByUri: lambda ask: self._state(self._known(AssetUriRef(ask.uri)), ask),
            messages.SetAssetStateStoreByName: lambda ask: self._keep(self._known(AssetNameRef(ask.name)), ask),
            messages.SetAssetStateStoreByUri: lambda ask: self._keep(self._known(AssetUriRef(ask.uri)), ask),
            messages.DeleteAssetStateStoreByName: lambda ask: self._drop(self._known(AssetNameRef(ask.name)), ask.key),
            messages.DeleteAssetStateStoreByUri: lambda ask: self._drop(self._known(AssetUriRef(ask.uri)), ask.key),
            messages.ClearAssetStateStoreByName: lambda ask: self._drop(self._known(AssetNameRef(ask.name)), None),
            messages.ClearAssetStateStoreByUri: lambda ask: self._drop(self._known(AssetUriRef(ask.uri)), None),
            messages.CreateHITLDetailPayload: self._people,
            messages.UpdateHITLDetail: self._people_by_default,
            messages.GetHITLDetailResponse: lambda ask: self.answers[ask.ti_id],
            messages.GetAssetEventByAsset: self._events_of_asset,
            messages.GetAssetEventByAssetAlias: self._events_of_alias,
            messages.ValidateInletsAndOutlets: lambda _: messages.InactiveAssetsResult([]),
            messages.GetTICount: lambda ask: messages.CountResult(self._tasks(ask)),
            messages.GetDRCount: self._run_count,
            messages.GetTaskStates: self._states,
            messages.GetTaskRescheduleStartDate: lambda ask: messages.DateResult(self.first_starts.get(ask.ti_id)),
        }

    def ask(self, request: messages.Request) -> messages.Answer:
        """The answer."""
        return self._answers[type(request)](request)

    # XComs.

    def _place(self, ask: Any) -> tuple[str, str, str, int, str]:
        index = -1 if ask.map_index is None else ask.map_index
        return ask.dag_id, ask.run_id, ask.task_id, index, ask.key

    def _get_xcom(self, ask: messages.GetXCom) -> messages.Answer:
        place = self._place(ask)
        if place not in self.xcoms and ask.include_prior_dates:
            same = (kept for kept in reversed(self.xcoms) if (kept[0], *kept[2:]) == (place[0], *place[2:]))
            place = next(same, place)
        return messages.XComResult(ask.key, self.xcoms.get(place), found=place in self.xcoms)

    def _set_xcom(self, ask: messages.SetXCom) -> messages.Answer:
        self.xcoms.pop(self._place(ask), None)
        self.xcoms[self._place(ask)] = ask.value
        return messages.OKResponse()

    def _delete_xcom(self, ask: messages.DeleteXCom) -> messages.Answer:
        self.xcoms.pop(self._place(ask), None)
        return messages.OKResponse()

    def forget(self, ti: Any) -> None:
        """Takes away what an attempt has left: the next try begins anew."""
        mine = (ti.dag_id, str(ti.run_id), ti.task_id, ti.map_index)
        self.xcoms = {place: value for place, value in self.xcoms.items() if place[:4] != mine}

    def _values(self, ask: Any) -> list[Any]:
        places = (
            place for place in self.xcoms if (*place[:3], place[4]) == (ask.dag_id, ask.run_id, ask.task_id, ask.key)
        )
        return [self.xcoms[place] for place in sorted(places, key=lambda place: place[3])]

    def _item(self, ask: messages.GetXComSequenceItem) -> messages.Answer:
        try:
            return messages.XComSequenceIndexResult(self._values(ask)[ask.offset])
        except IndexError:
            return messages.ErrorResponse(ErrorType.XCOM_NOT_FOUND)

    def _slice(self, ask: messages.GetXComSequenceSlice) -> messages.Answer:
        return messages.XComSequenceSliceResult(self._values(ask)[slice(ask.start, ask.stop, ask.step)])

    def _entry(self, ask: messages.UpdraftGetXComItem) -> messages.Answer:
        values = self._values(ask)
        value = values[0] if len(values) == 1 else values
        items = [list(item) for item in value.items()] if isinstance(value, dict) else value
        inside = isinstance(items, list) and ask.offset < len(items)
        return messages.XComResult(ask.key, items[ask.offset] if inside else None, found=inside)

    def _newest(self, ask: messages.UpdraftGetNewestXCom) -> messages.Answer:
        for place in reversed(self.xcoms):
            if (place[0], place[1], place[4]) == (ask.dag_id, ask.run_id, ask.key):
                return messages.XComResult(ask.key, self.xcoms[place])
        return messages.XComResult(ask.key, None, found=False)

    # Variables and Connections.

    def _variable(self, ask: messages.GetVariable) -> messages.Answer:
        if ask.key not in self.variables:
            return self._beyond.ask(ask)
        return messages.VariableResult(ask.key, self.variables[ask.key])

    def _put_variable(self, ask: messages.PutVariable) -> messages.Answer:
        self.variables[ask.key] = ask.value
        return messages.OKResponse()

    def _delete_variable(self, ask: messages.DeleteVariable) -> messages.Answer:
        self.variables[ask.key] = None  # It is not asked for beyond this process either.
        return messages.OKResponse()

    def _connection(self, ask: messages.GetConnection) -> messages.Answer:
        kept = self.connections.get(ask.conn_id)
        return kept if kept is not None else self._beyond.ask(ask)

    def _mask(self, ask: messages.MaskSecret) -> messages.Answer:
        mask_secret(ask.value, ask.name)
        return messages.OKResponse()

    # The run.

    def _render(self, ask: messages.SetRenderedFields) -> messages.Answer:
        self.rendered = ask.rendered_fields
        return messages.OKResponse()

    def _skip(self, ask: messages.SkipDownstreamTasks) -> messages.Answer:
        self.skipped.update(task if isinstance(task, tuple) else (task, None) for task in ask.tasks)
        return messages.OKResponse()

    def _trigger(self, ask: messages.TriggerDagRun) -> messages.Answer:
        if (
            any((one.dag_id, one.run_id) == (ask.dag_id, ask.run_id) for one in self.triggered)
            and not ask.reset_dag_run
        ):
            return messages.ErrorResponse(ErrorType.DAGRUN_ALREADY_EXISTS, {"dag_id": ask.dag_id, "run_id": ask.run_id})
        self.triggered.append(ask)
        if ask.dag_id in self.within:
            self.within[ask.dag_id](ask)
        return messages.OKResponse()

    def _events_of_asset(self, ask: messages.GetAssetEventByAsset) -> messages.Answer:
        wanted = [
            event for event in ASSET_EVENTS if (event.uri == ask.uri if ask.uri else event.asset.name == ask.name)
        ]
        return messages.AssetEventsResult(wanted)

    def _asset(self, ref: AssetRef) -> messages.Answer:
        known = next(
            (asset for asset in (*self.assets, *(event.asset for event in ASSET_EVENTS)) if ref.means(asset)), None
        )
        if known is None:
            return messages.ErrorResponse(ErrorType.ASSET_NOT_FOUND, ref.describe())
        return messages.AssetResult(known.name, known.uri, known.group, known.extra)

    def _known(self, ref: AssetRef) -> tuple[str, str]:
        """The store of an asset, which has one name whichever way it is asked for."""
        answer = self._asset(ref)
        return "asset", answer.uri if isinstance(answer, messages.AssetResult) else repr(ref)

    def _assets_of_alias(self, ask: messages.GetAssetsByAlias) -> messages.Answer:
        found = {event.uri: event.asset.name for event in ASSET_EVENTS if event.alias == ask.alias_name}
        return messages.AssetsByAliasResult([{"name": name, "uri": uri} for uri, name in found.items()])

    def _state(self, store: tuple[str, str], ask: Any) -> messages.Answer:
        kept = STATES.get(store, {})
        of_task = store[0] == "task"
        if ask.key not in kept:
            return messages.ErrorResponse(
                ErrorType.TASK_STORE_NOT_FOUND if of_task else ErrorType.ASSET_STORE_NOT_FOUND
            )
        value = json.loads(kept[ask.key])
        return messages.TaskStateStoreResult(value) if of_task else messages.AssetStateStoreResult(value)

    def _keep(self, store: tuple[str, str], ask: Any) -> messages.Answer:
        STATES.setdefault(store, {})[ask.key] = json.dumps(ask.value)
        return messages.OKResponse()

    def _drop(self, store: tuple[str, str], key: str | None) -> messages.Answer:
        if key is None:
            STATES.pop(store, None)
        else:
            STATES.get(store, {}).pop(key, None)
        return messages.OKResponse()

    def _people(self, ask: messages.CreateHITLDetailPayload) -> messages.Answer:
        """There is nobody to ask, so the defaults are taken at once."""
        if ask.defaults is None:
            message = f"dag.test() has nobody to ask {ask.subject!r}; give the task `defaults`, which are taken here"
            return messages.ErrorResponse(ErrorType.GENERIC_ERROR, {"message": message})
        given = {name: param["value"] for name, param in ask.params.items()}
        self.answers[ask.ti_id] = messages.HITLDetailResponse(True, None, timezone.utcnow(), list(ask.defaults), given)
        return messages.HITLDetailResponse()

    def _people_by_default(self, ask: messages.UpdateHITLDetail) -> messages.Answer:
        self.answers[ask.ti_id] = messages.HITLDetailResponse(
            True, None, timezone.utcnow(), ask.chosen_options, ask.params_input
        )
        return self.answers[ask.ti_id]

    def _events_of_alias(self, ask: messages.GetAssetEventByAssetAlias) -> messages.Answer:
        return messages.AssetEventsResult([event for event in ASSET_EVENTS if event.alias == ask.alias_name])

    def note_assets(self, ti: Any, context: Any) -> None:
        """Notes what a task that has ended well has done to assets."""
        outlets = [asset for asset in map(known_asset, context["outlets"]) if asset is not None]
        told = list(said(context["outlet_events"], outlets))
        silent = [Said(asset, {}) for asset in outlets if all(one.asset != asset for one in told)]
        for one in (*silent, *told):
            ASSET_EVENTS.append(
                types.SimpleNamespace(
                    asset=one.asset,
                    uri=one.asset.uri,
                    alias=one.alias,
                    extra=one.extra,
                    timestamp=timezone.utcnow(),
                    source_dag_id=ti.dag_id,
                    source_task_id=ti.task_id,
                    source_run_id=ti.run_id,
                    source_map_index=ti.map_index,
                )
            )

    def _run_state(self, ask: messages.GetDagRunState) -> messages.Answer:
        run = self.runs.get((ask.dag_id, ask.run_id))
        if run is None and any((one.dag_id, one.run_id) == (ask.dag_id, ask.run_id) for one in self.triggered):
            return messages.DagRunStateResult(str(DagRunState.SUCCESS))
        if run is None:
            return messages.ErrorResponse(ErrorType.GENERIC_ERROR, {"message": f"there is no run `{ask.run_id}`"})
        return messages.DagRunStateResult(str(run.state))

    def _matching(self, ask: Any) -> list[Any]:
        runs = [run for (dag_id, _), run in self.runs.items() if dag_id == ask.dag_id]
        dated = [run for run in runs if ask.logical_dates is None or run.logical_date in ask.logical_dates]
        return [run for run in dated if ask.run_ids is None or run.run_id in ask.run_ids]

    def _run_count(self, ask: messages.GetDRCount) -> messages.Answer:
        runs = self._matching(ask)
        return messages.CountResult(sum(ask.states is None or str(run.state) in ask.states for run in runs))

    def _instances(self, ask: Any) -> list[Any]:
        tis = [ti for run in self._matching(ask) for ti in run.task_instances]
        group = ask.task_group_id
        return [
            ti
            for ti in tis
            if (ask.task_ids is None or ti.task_id in ask.task_ids)
            and (
                group is None
                or any(task.task_id == ti.task_id for task in ti.task.dag.task_group_dict[group].iter_tasks())
            )
            and (ask.map_index is None or ti.map_index == ask.map_index)
        ]

    def _tasks(self, ask: messages.GetTICount) -> int:
        return sum(ask.states is None or str(ti.state) in ask.states for ti in self._instances(ask))

    def _states(self, ask: messages.GetTaskStates) -> messages.Answer:
        states: dict[str, dict[str, str | None]] = {}
        for ti in self._instances(ask):
            name = ti.task_id if ti.map_index < 0 else f"{ti.task_id}_{ti.map_index}"
            states.setdefault(str(ti.run_id), {})[name] = None if ti.state is None else str(ti.state)
        return messages.TaskStatesResult(states)
