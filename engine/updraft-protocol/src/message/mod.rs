//! The bodies of frames, with the names and shapes of Airflow 3's supervisor schema.
//!
//! Fields that Airflow knows and we do not need are left out; fields that we do not know are ignored when read, so
//! that newer programs can talk to us. Fields marked as ours are additions that Airflow ignores.

mod asset;
mod attempt;
mod callback;
mod end;
mod extension;
mod hitl;
mod inquiry;
mod parse;
mod rendered;
mod result;
mod run;
mod secret;
mod skip;
mod state_store;
mod timetable;
mod trigger;
mod xcom;

pub use asset::{
    AliasReference, AssetEvent, AssetEventReference, AssetEventsResult, AssetProfile, AssetReference,
    AssetResult, AssetUniqueKey, AssetsByAliasResult, CausedRun, EVENT_EXTRA_BYTES_MAX, GetAssetByName,
    GetAssetByUri, GetAssetEventByAsset, GetAssetEventByAssetAlias, GetAssetsByAlias, InactiveAssetsResult,
    OutletEventResult, ValidateInletsAndOutlets,
};
pub use attempt::{BundleInfo, DagRun, StartupDetails, TaskInstance, TiRunContext};
pub use callback::{CallbackOrder, CallbackScope, MissedDeadline, UpdraftCallbackDone};
pub use end::{
    DeferTask, Deferred, EndedState, RescheduleTask, RetryTask, SucceedTask, Success, TaskState,
    UpForReschedule, UpForRetry,
};
pub use extension::{LogLevel, LogLine, UpdraftLog, UpdraftProgress};
pub use hitl::{
    CreateHitlDetailPayload, GetHitlDetailResponse, HitlChange, HitlDetailResponse, UpdateHitlDetail,
};
pub use inquiry::Inquiry;
pub use parse::{DagFileParseRequest, DagFileParsingResult, SerializedDag, UpdraftRead};
pub use rendered::SetRenderedFields;
pub use result::{ErrorResponse, ErrorType, OkResponse};
pub use run::{
    DagResult, DagRunStateResult, DrCount, GetDag, GetDagRun, GetDagRunState, GetDrCount,
    GetPrevSuccessfulDagRun, GetPreviousDagRun, GetPreviousTi, GetTaskRescheduleStartDate, GetTaskStates,
    GetTiCount, Moment, PrevSuccessfulDagRunResult, PreviousDagRunResult, PreviousTi, PreviousTiResult,
    TaskRescheduleStartDate, TaskStatesResult, TiCount, TriggerDagRun,
};
pub use secret::{
    ConnectionResult, DeleteVariable, GetConnection, GetVariable, GetVariableKeys, MaskSecret, PutVariable,
    VariableKeysResult, VariableResult,
};
pub use skip::{SkipDownstreamTasks, SkippedTask};
pub use state_store::{
    AssetStateStoreResult, ClearAssetStateStoreByName, ClearAssetStateStoreByUri, ClearTaskStateStore,
    DeleteAssetStateStoreByName, DeleteAssetStateStoreByUri, DeleteTaskStateStore, GetAssetStateStoreByName,
    GetAssetStateStoreByUri, GetTaskStateStore, SetAssetStateStoreByName, SetAssetStateStoreByUri,
    SetTaskStateStore, StateStoreChange, StateStoreQuestion, TaskStateStoreResult,
};
pub use timetable::{TimetableAsk, UpdraftTimetableRequest, UpdraftTimetableResult};
pub use trigger::{UpdraftCancelTrigger, UpdraftRunTrigger, UpdraftTriggerAsk, UpdraftTriggerer};
pub use xcom::{
    DeleteXCom, GetXCom, GetXComCount, GetXComSequenceItem, GetXComSequenceSlice, RETURN_VALUE,
    SetRenderedMapIndex, SetXCom, UpdraftGetNewestXCom, UpdraftGetXComItem, XComCountResponse, XComResult,
    XComSequenceIndexResult, XComSequenceSliceResult,
};

use serde::{Deserialize, Serialize};

/// What a supervisor sends to a task process: an order, or the answer to a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum ToTask {
    /// Order: run one attempt.
    StartupDetails(Box<StartupDetails>),
    /// Order: describe the DAGs of the bundle.
    DagFileParseRequest(DagFileParseRequest),
    /// Ours, an order: ask the timetable of a DAG.
    UpdraftTimetableRequest(Box<UpdraftTimetableRequest>),
    /// Ours, an order to the triggerer: wait for a trigger.
    UpdraftRunTrigger(Box<UpdraftRunTrigger>),
    /// Ours, an order to the triggerer: wait for it no longer.
    UpdraftCancelTrigger(UpdraftCancelTrigger),
    /// Answer to [`GetXCom`].
    XComResult(XComResult),
    /// Answer to [`GetXComCount`].
    XComCountResponse(XComCountResponse),
    /// Answer to [`GetXComSequenceItem`].
    XComSequenceIndexResult(XComSequenceIndexResult),
    /// Answer to [`GetXComSequenceSlice`].
    XComSequenceSliceResult(XComSequenceSliceResult),
    /// Answer to [`GetVariable`].
    VariableResult(VariableResult),
    /// Answer to [`GetConnection`].
    ConnectionResult(ConnectionResult),
    /// Answer to [`GetDag`].
    DagResult(DagResult),
    /// Answer to [`GetDagRun`].
    DagRunResult(Box<DagRun>),
    /// Answer to [`GetDagRunState`].
    DagRunStateResult(DagRunStateResult),
    /// Answer to [`GetPreviousDagRun`].
    PreviousDagRunResult(PreviousDagRunResult),
    /// Answer to [`GetPrevSuccessfulDagRun`].
    PrevSuccessfulDagRunResult(PrevSuccessfulDagRunResult),
    /// Answer to [`GetPreviousTi`].
    #[serde(rename = "PreviousTIResult")]
    PreviousTiResult(PreviousTiResult),
    /// Answer to [`GetDrCount`].
    #[serde(rename = "DRCount")]
    DrCount(DrCount),
    /// Answer to [`GetTiCount`].
    #[serde(rename = "TICount")]
    TiCount(TiCount),
    /// Answer to [`GetTaskStates`].
    TaskStatesResult(TaskStatesResult),
    /// Answer to [`GetTaskRescheduleStartDate`].
    TaskRescheduleStartDate(TaskRescheduleStartDate),
    /// Answer to [`GetVariableKeys`].
    VariableKeysResult(VariableKeysResult),
    /// Answer to [`GetAssetByName`] and [`GetAssetByUri`].
    AssetResult(AssetResult),
    /// Answer to [`GetAssetEventByAsset`] and [`GetAssetEventByAssetAlias`].
    AssetEventsResult(AssetEventsResult),
    /// Answer to [`GetAssetsByAlias`].
    AssetsByAliasResult(AssetsByAliasResult),
    /// Answer to [`ValidateInletsAndOutlets`].
    InactiveAssetsResult(InactiveAssetsResult),
    /// Answer to [`GetTaskStateStore`].
    TaskStateStoreResult(TaskStateStoreResult),
    /// Answer to [`GetAssetStateStoreByName`] and [`GetAssetStateStoreByUri`].
    AssetStateStoreResult(AssetStateStoreResult),
    /// Answer to [`UpdateHitlDetail`] and [`GetHitlDetailResponse`].
    #[serde(rename = "HITLDetailResponse")]
    HitlDetailResponse(HitlDetailResponse),
    /// Answer to a request that changes something.
    #[serde(rename = "OKResponse")]
    OkResponse(OkResponse),
    /// Answer to a request that could not be met, in the place of a body.
    ErrorResponse(ErrorResponse),
}

/// What a task process sends to its supervisor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum ToSupervisor {
    /// The attempt ended well.
    SucceedTask(SucceedTask),
    /// The attempt failed and may be tried again.
    RetryTask(RetryTask),
    /// The attempt is over and goes on later.
    RescheduleTask(RescheduleTask),
    /// The attempt is over, and its task waits for something.
    DeferTask(DeferTask),
    /// The attempt ended in another final state.
    TaskState(TaskState),
    /// Has tasks after this one skipped.
    SkipDownstreamTasks(SkipDownstreamTasks),
    /// Asks for a value that a task left for others.
    GetXCom(GetXCom),
    /// Leaves a value for other tasks.
    SetXCom(SetXCom),
    /// Takes such a value away.
    DeleteXCom(DeleteXCom),
    /// Asks how many copies of a mapped task have left a value.
    GetXComCount(GetXComCount),
    /// Asks for one of those values.
    GetXComSequenceItem(GetXComSequenceItem),
    /// Asks for some of those values.
    GetXComSequenceSlice(GetXComSequenceSlice),
    /// Says what this copy of a mapped task is called.
    SetRenderedMapIndex(SetRenderedMapIndex),
    /// Ours: asks for one item of what a task has returned.
    UpdraftGetXComItem(UpdraftGetXComItem),
    /// Asks for a Variable.
    GetVariable(GetVariable),
    /// Writes a Variable.
    PutVariable(PutVariable),
    /// Deletes a Variable.
    DeleteVariable(DeleteVariable),
    /// Asks for a Connection.
    GetConnection(GetConnection),
    /// Names a text that must not appear in logs. Never logged itself.
    MaskSecret(MaskSecret),
    /// Wants a run of a DAG.
    TriggerDagRun(TriggerDagRun),
    /// Tells the fields of the task after its templates were filled in.
    SetRenderedFields(SetRenderedFields),
    /// Asks for a DAG.
    GetDag(GetDag),
    /// Asks for a run.
    GetDagRun(GetDagRun),
    /// Asks for the state of a run.
    GetDagRunState(GetDagRunState),
    /// Asks for the run before a date.
    GetPreviousDagRun(GetPreviousDagRun),
    /// Asks for the newest run before this one that has succeeded.
    GetPrevSuccessfulDagRun(GetPrevSuccessfulDagRun),
    /// Asks for a task in an earlier run.
    #[serde(rename = "GetPreviousTI")]
    GetPreviousTi(GetPreviousTi),
    /// Asks how many runs there are.
    #[serde(rename = "GetDRCount")]
    GetDrCount(GetDrCount),
    /// Asks how many tasks of runs there are.
    #[serde(rename = "GetTICount")]
    GetTiCount(GetTiCount),
    /// Asks for the states of tasks of runs.
    GetTaskStates(GetTaskStates),
    /// Asks when a try began that was put off.
    GetTaskRescheduleStartDate(GetTaskRescheduleStartDate),
    /// Ours: asks for the newest value under a key.
    UpdraftGetNewestXCom(UpdraftGetNewestXCom),
    /// Asks for the names of Variables.
    GetVariableKeys(GetVariableKeys),
    /// Asks for an asset by its name.
    GetAssetByName(GetAssetByName),
    /// Asks for an asset by its address.
    GetAssetByUri(GetAssetByUri),
    /// Asks for events of an asset.
    GetAssetEventByAsset(GetAssetEventByAsset),
    /// Asks for the assets behind an alias.
    GetAssetsByAlias(GetAssetsByAlias),
    /// Asks for the events that were told by an alias.
    GetAssetEventByAssetAlias(GetAssetEventByAssetAlias),
    /// Asks which assets of the task do not count.
    ValidateInletsAndOutlets(ValidateInletsAndOutlets),
    /// Asks for a value of the state store of its task.
    GetTaskStateStore(GetTaskStateStore),
    /// Keeps a value in the state store of its task.
    SetTaskStateStore(SetTaskStateStore),
    /// Takes a value out of the state store of its task.
    DeleteTaskStateStore(DeleteTaskStateStore),
    /// Takes everything out of the state store of its task.
    ClearTaskStateStore(ClearTaskStateStore),
    /// Asks for a value of the state store of an asset, by its name.
    GetAssetStateStoreByName(GetAssetStateStoreByName),
    /// Asks for a value of the state store of an asset, by its address.
    GetAssetStateStoreByUri(GetAssetStateStoreByUri),
    /// Keeps a value in the state store of an asset, by its name.
    SetAssetStateStoreByName(SetAssetStateStoreByName),
    /// Keeps a value in the state store of an asset, by its address.
    SetAssetStateStoreByUri(SetAssetStateStoreByUri),
    /// Takes a value out of the state store of an asset, by its name.
    DeleteAssetStateStoreByName(DeleteAssetStateStoreByName),
    /// Takes a value out of the state store of an asset, by its address.
    DeleteAssetStateStoreByUri(DeleteAssetStateStoreByUri),
    /// Takes everything out of the state store of an asset, by its name.
    ClearAssetStateStoreByName(ClearAssetStateStoreByName),
    /// Takes everything out of the state store of an asset, by its address.
    ClearAssetStateStoreByUri(ClearAssetStateStoreByUri),
    /// Asks people.
    #[serde(rename = "CreateHITLDetailPayload")]
    CreateHitlDetailPayload(CreateHitlDetailPayload),
    /// Answers for nobody what was asked.
    #[serde(rename = "UpdateHITLDetail")]
    UpdateHitlDetail(UpdateHitlDetail),
    /// Asks for the answer of people.
    #[serde(rename = "GetHITLDetailResponse")]
    GetHitlDetailResponse(GetHitlDetailResponse),
    /// Answer to the order [`DagFileParseRequest`].
    DagFileParsingResult(Box<DagFileParsingResult>),
    /// Ours: answer to the order [`UpdraftTimetableRequest`].
    UpdraftTimetableResult(UpdraftTimetableResult),
    /// Ours: one of the callbacks that were ordered has returned.
    UpdraftCallbackDone(UpdraftCallbackDone),
    /// Ours, not answered: lines for the attempt's log.
    UpdraftLog(UpdraftLog),
    /// Ours, not answered: how far the task is.
    UpdraftProgress(UpdraftProgress),
    /// Ours, not answered: what the triggerer says.
    UpdraftTriggerer(Box<UpdraftTriggerer>),
    /// Ours: what one of its triggers asks.
    UpdraftTriggerAsk(UpdraftTriggerAsk),
}

impl ToSupervisor {
    /// Whether the sender waits for an answer.
    pub const fn is_answered(&self) -> bool {
        match self {
            Self::UpdraftLog(_)
            | Self::UpdraftProgress(_)
            | Self::UpdraftTriggerer(_)
            | Self::DagFileParsingResult(_)
            | Self::UpdraftTimetableResult(_) => false,
            Self::SucceedTask(_)
            | Self::RetryTask(_)
            | Self::TaskState(_)
            | Self::RescheduleTask(_)
            | Self::DeferTask(_)
            | Self::SkipDownstreamTasks(_)
            | Self::GetXCom(_)
            | Self::SetXCom(_)
            | Self::DeleteXCom(_)
            | Self::GetXComCount(_)
            | Self::GetXComSequenceItem(_)
            | Self::GetXComSequenceSlice(_)
            | Self::SetRenderedMapIndex(_)
            | Self::UpdraftGetXComItem(_)
            | Self::GetVariable(_)
            | Self::PutVariable(_)
            | Self::DeleteVariable(_)
            | Self::GetConnection(_)
            | Self::MaskSecret(_)
            | Self::TriggerDagRun(_)
            | Self::SetRenderedFields(_)
            | Self::GetDag(_)
            | Self::GetDagRun(_)
            | Self::GetDagRunState(_)
            | Self::GetPreviousDagRun(_)
            | Self::GetPrevSuccessfulDagRun(_)
            | Self::GetPreviousTi(_)
            | Self::GetDrCount(_)
            | Self::GetTiCount(_)
            | Self::GetTaskStates(_)
            | Self::GetTaskRescheduleStartDate(_)
            | Self::UpdraftGetNewestXCom(_)
            | Self::GetVariableKeys(_)
            | Self::GetAssetByName(_)
            | Self::GetAssetByUri(_)
            | Self::GetAssetEventByAsset(_)
            | Self::GetAssetEventByAssetAlias(_)
            | Self::GetAssetsByAlias(_)
            | Self::ValidateInletsAndOutlets(_)
            | Self::GetTaskStateStore(_)
            | Self::SetTaskStateStore(_)
            | Self::DeleteTaskStateStore(_)
            | Self::ClearTaskStateStore(_)
            | Self::GetAssetStateStoreByName(_)
            | Self::GetAssetStateStoreByUri(_)
            | Self::SetAssetStateStoreByName(_)
            | Self::SetAssetStateStoreByUri(_)
            | Self::DeleteAssetStateStoreByName(_)
            | Self::DeleteAssetStateStoreByUri(_)
            | Self::ClearAssetStateStoreByName(_)
            | Self::ClearAssetStateStoreByUri(_)
            | Self::CreateHitlDetailPayload(_)
            | Self::UpdateHitlDetail(_)
            | Self::GetHitlDetailResponse(_)
            | Self::UpdraftCallbackDone(_)
            | Self::UpdraftTriggerAsk(_) => true,
        }
    }
}
