"""What a task asks its supervisor, and what it is told: the names and fields of Airflow 3's supervisor schema.

Names that begin with `Updraft` are ours. The fields are those of the engine's frames.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple, Union


class GetXCom(NamedTuple):
    """Asks for a value that a task left for others. Answered by an `XComResult`."""

    key: str
    dag_id: str
    run_id: str
    task_id: str
    map_index: int | None = None
    include_prior_dates: bool = False


class SetXCom(NamedTuple):
    """Leaves a value for others."""

    key: str
    value: Any
    dag_id: str
    run_id: str
    task_id: str
    map_index: int | None = None
    mapped_length: int | None = None


class DeleteXCom(NamedTuple):
    """Takes such a value away."""

    key: str
    dag_id: str
    run_id: str
    task_id: str
    map_index: int | None = None


class GetXComCount(NamedTuple):
    """Asks how many copies of a mapped task have left a value. Answered by an `XComCountResponse`."""

    key: str
    dag_id: str
    run_id: str
    task_id: str


class GetXComSequenceItem(NamedTuple):
    """Asks for one of those values, in the order of the copies. Answered by an `XComSequenceIndexResult`."""

    key: str
    dag_id: str
    run_id: str
    task_id: str
    offset: int


class GetXComSequenceSlice(NamedTuple):
    """Asks for some of those values. Answered by an `XComSequenceSliceResult`."""

    key: str
    dag_id: str
    run_id: str
    task_id: str
    start: int | None
    stop: int | None
    step: int | None


class UpdraftGetXComItem(NamedTuple):
    """Ours: asks for one item of what a task has returned; of a dict the entry, as key and value."""

    key: str
    dag_id: str
    run_id: str
    task_id: str
    offset: int


class UpdraftGetNewestXCom(NamedTuple):
    """Ours: asks for the newest value under a key, whichever task has left it; what Airflow 2's bare `xcom_pull()` means."""

    key: str
    dag_id: str
    run_id: str


class GetVariable(NamedTuple):
    """Asks for a Variable. Answered by a `VariableResult`."""

    key: str


class PutVariable(NamedTuple):
    """Writes a Variable."""

    key: str
    value: str | None
    description: str | None = None


class DeleteVariable(NamedTuple):
    """Deletes a Variable."""

    key: str


class GetConnection(NamedTuple):
    """Asks for a Connection. Answered by a `ConnectionResult`."""

    conn_id: str


class MaskSecret(NamedTuple):
    """Names a text that must not appear in logs."""

    value: Any
    name: str | None = None


class SetRenderedFields(NamedTuple):
    """Tells the rendered templates."""

    rendered_fields: dict[str, Any]


class SetRenderedMapIndex(NamedTuple):
    """Says what this copy of a mapped task is called."""

    rendered_map_index: str


class SkipDownstreamTasks(NamedTuple):
    """Has tasks after this one skipped."""

    tasks: list[Any]


class TriggerDagRun(NamedTuple):
    """Wants a run of another DAG."""

    dag_id: str
    run_id: str
    logical_date: dt.datetime | None = None
    run_after: dt.datetime | None = None
    conf: dict[str, Any] | None = None
    reset_dag_run: bool = False
    note: str | None = None


class GetDag(NamedTuple):
    """Asks for a DAG."""

    dag_id: str


class GetDagRunState(NamedTuple):
    """Asks for the state of a run. Answered by a `DagRunStateResult`."""

    dag_id: str
    run_id: str


class GetDagRun(NamedTuple):
    """Asks for a run. Answered by a `DagRunResult`."""

    dag_id: str
    run_id: str


class GetPreviousDagRun(NamedTuple):
    """Asks for the run before. Answered by a `DagRunResult`, of nothing if there is none."""

    dag_id: str
    logical_date: dt.datetime
    state: str | None = None


class GetPrevSuccessfulDagRun(NamedTuple):
    """Asks for the last run before that succeeded. Answered by a `DagRunResult`, of nothing if there is none."""

    ti_id: str


class GetPreviousTI(NamedTuple):
    """Asks for a task in an earlier run. Answered by a `PreviousTIResult`, of nothing if there is none."""

    dag_id: str
    task_id: str
    logical_date: dt.datetime | None = None
    map_index: int = -1
    state: str | None = None


class GetTICount(NamedTuple):
    """Asks how many tasks of runs are in some states. Answered by a `CountResult`."""

    dag_id: str
    task_ids: list[str] | None = None
    task_group_id: str | None = None
    logical_dates: list[dt.datetime] | None = None
    run_ids: list[str] | None = None
    states: list[str] | None = None
    map_index: int | None = None


class GetDRCount(NamedTuple):
    """Asks how many runs are in some states. Answered by a `CountResult`."""

    dag_id: str
    logical_dates: list[dt.datetime] | None = None
    run_ids: list[str] | None = None
    states: list[str] | None = None


class GetTaskStates(NamedTuple):
    """Asks for the states of tasks of runs. Answered by a `TaskStatesResult`."""

    dag_id: str
    task_ids: list[str] | None = None
    task_group_id: str | None = None
    logical_dates: list[dt.datetime] | None = None
    run_ids: list[str] | None = None
    map_index: int | None = None


class GetTaskRescheduleStartDate(NamedTuple):
    """Asks when the first attempt of a rescheduled try began. Answered by a `DateResult`."""

    ti_id: str
    try_number: int = 1


class ValidateInletsAndOutlets(NamedTuple):
    """Asks which assets of this task no DAG names any more."""

    ti_id: str


class GetAssetByName(NamedTuple):
    """Asks for the asset that is called so. Answered by an `AssetResult`."""

    name: str


class GetAssetByUri(NamedTuple):
    """Asks for the asset with that address. Answered by an `AssetResult`."""

    uri: str


class GetAssetEventByAsset(NamedTuple):
    """Asks for the events of an asset. Answered by an `AssetEventsResult`."""

    name: str | None
    uri: str | None
    after: dt.datetime | None = None
    before: dt.datetime | None = None
    limit: int | None = None
    ascending: bool = True


class GetAssetEventByAssetAlias(NamedTuple):
    """Asks for the events of the assets behind an alias that were told by it. Answered by an `AssetEventsResult`."""

    alias_name: str
    after: dt.datetime | None = None
    before: dt.datetime | None = None
    limit: int | None = None
    ascending: bool = True


class GetAssetsByAlias(NamedTuple):
    """Asks for the assets behind an alias. Answered by an `AssetsByAliasResult`."""

    alias_name: str


class GetTaskStateStore(NamedTuple):
    """Asks for what the tries of a task keep. Answered by a `TaskStateStoreResult`."""

    ti_id: str
    key: str


class SetTaskStateStore(NamedTuple):
    """Keeps something for the tries of a task."""

    ti_id: str
    key: str
    value: Any
    expires_at: dt.datetime | None


class DeleteTaskStateStore(NamedTuple):
    """Takes such a thing away."""

    ti_id: str
    key: str


class ClearTaskStateStore(NamedTuple):
    """Takes all of them away."""

    ti_id: str


class GetAssetStateStoreByName(NamedTuple):
    """Asks for what is kept about an asset, by its name. Answered by an `AssetStateStoreResult`."""

    name: str
    key: str


class SetAssetStateStoreByName(NamedTuple):
    """Keeps something about an asset."""

    name: str
    key: str
    value: Any


class DeleteAssetStateStoreByName(NamedTuple):
    """Takes such a thing away."""

    name: str
    key: str


class ClearAssetStateStoreByName(NamedTuple):
    """Takes all of them away."""

    name: str


class GetAssetStateStoreByUri(NamedTuple):
    """Asks for what is kept about an asset, by its uri. Answered by an `AssetStateStoreResult`."""

    uri: str
    key: str


class SetAssetStateStoreByUri(NamedTuple):
    """Keeps something about an asset."""

    uri: str
    key: str
    value: Any


class DeleteAssetStateStoreByUri(NamedTuple):
    """Takes such a thing away."""

    uri: str
    key: str


class ClearAssetStateStoreByUri(NamedTuple):
    """Takes all of them away."""

    uri: str


class CreateHITLDetailPayload(NamedTuple):
    """Asks people. Answered by a `HITLDetailResponse`, without an answer of theirs."""

    ti_id: str
    options: list[str]
    subject: str
    body: str | None
    defaults: list[str] | None
    multiple: bool
    params: dict[str, Any]
    assigned_users: list[Any]


class UpdateHITLDetail(NamedTuple):
    """Answers in the name of nobody. Answered by a `HITLDetailResponse`."""

    ti_id: str
    chosen_options: list[str]
    params_input: dict[str, Any]


class GetHITLDetailResponse(NamedTuple):
    """Asks what people have answered. Answered by a `HITLDetailResponse`."""

    ti_id: str


Request = Union[
    CreateHITLDetailPayload, UpdateHITLDetail, GetHITLDetailResponse,
    GetXCom, SetXCom, DeleteXCom, GetXComCount, GetXComSequenceItem, GetXComSequenceSlice, UpdraftGetXComItem,
    UpdraftGetNewestXCom, GetVariable, PutVariable,
    DeleteVariable, GetConnection, MaskSecret, SetRenderedFields, SetRenderedMapIndex, SkipDownstreamTasks, TriggerDagRun,
    GetDag, GetDagRunState, GetDagRun, GetPreviousDagRun, GetPrevSuccessfulDagRun, GetPreviousTI, GetTICount, GetDRCount,
    GetTaskStates, GetTaskRescheduleStartDate, GetAssetByName, GetAssetByUri, GetAssetEventByAsset, GetAssetEventByAssetAlias,
    ValidateInletsAndOutlets, GetAssetsByAlias, GetTaskStateStore, SetTaskStateStore, DeleteTaskStateStore, ClearTaskStateStore, GetAssetStateStoreByName, SetAssetStateStoreByName, DeleteAssetStateStoreByName, ClearAssetStateStoreByName, GetAssetStateStoreByUri, SetAssetStateStoreByUri, DeleteAssetStateStoreByUri, ClearAssetStateStoreByUri,
]  # fmt: skip


class OKResponse(NamedTuple):
    """It was done."""

    ok: bool = True


class ErrorResponse(NamedTuple):
    """It could not be done."""

    error: str
    detail: dict[str, Any] | None = None


class XComResult(NamedTuple):
    """A value, and whether there is one."""

    key: str
    value: Any
    found: bool = True


class XComCountResponse(NamedTuple):
    """How many values there are."""

    len: int


class XComSequenceIndexResult(NamedTuple):
    """One value of several."""

    root: Any


class XComSequenceSliceResult(NamedTuple):
    """Some values."""

    root: list[Any]


class VariableResult(NamedTuple):
    """A Variable."""

    key: str
    value: str | None


class ConnectionResult(NamedTuple):
    """A Connection."""

    conn_id: str
    conn_type: str | None = None
    host: str | None = None
    schema: str | None = None
    login: str | None = None
    password: str | None = None
    port: int | None = None
    extra: str | None = None
    description: str | None = None


class DagResult(NamedTuple):
    """A DAG."""

    dag_id: str
    is_paused: bool = False
    bundle_name: str | None = None
    bundle_version: str | None = None
    relative_fileloc: str | None = None
    owners: str | None = None
    tags: list[str] | None = None
    next_dagrun: dt.datetime | None = None


class DagRunStateResult(NamedTuple):
    """The state of a run."""

    state: str


class DagRunResult(NamedTuple):
    """A run, if there is one."""

    dag_run: Any = None


class PreviousTIResult(NamedTuple):
    """A task of an earlier run, if there is one."""

    task_instance: Any = None


class CountResult(NamedTuple):
    """A number."""

    count: int


class TaskStatesResult(NamedTuple):
    """States by run and task."""

    task_states: dict[str, dict[str, str | None]]


class DateResult(NamedTuple):
    """A time, if there is one."""

    start_date: dt.datetime | None = None


class InactiveAssetsResult(NamedTuple):
    """Assets with name and uri."""

    inactive_assets: list[dict[str, Any]]


class AssetResult(NamedTuple):
    """An asset."""

    name: str
    uri: str
    group: str = "asset"
    extra: dict[str, Any] | None = None


class TaskStateStoreResult(NamedTuple):
    """What the tries of a task keep."""

    value: Any


class AssetStateStoreResult(NamedTuple):
    """What is kept about an asset."""

    value: Any


class HITLDetailResponse(NamedTuple):
    """What people have answered."""

    response_received: bool = False
    responded_by_user: Any = None
    responded_at: dt.datetime | None = None
    chosen_options: list[str] | None = None
    params_input: dict[str, Any] | None = None


class AssetsByAliasResult(NamedTuple):
    """Assets with name and uri."""

    assets: list[dict[str, Any]]


class AssetEventsResult(NamedTuple):
    """Events of an asset."""

    asset_events: list[Any]


Answer = Union[
    OKResponse, ErrorResponse, XComResult, XComCountResponse, XComSequenceIndexResult, XComSequenceSliceResult,
    VariableResult, ConnectionResult, DagRunStateResult, DagRunResult, PreviousTIResult, CountResult, TaskStatesResult,
    DateResult, AssetResult, TaskStateStoreResult, AssetStateStoreResult, HITLDetailResponse, AssetsByAliasResult, AssetEventsResult, DagResult, InactiveAssetsResult,
]  # fmt: skip
