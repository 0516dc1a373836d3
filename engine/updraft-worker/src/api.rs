//! What an attempt asks of the engine.
//!
//! One trait, two implementations: the scheduler answers in-process, a remote worker asks over HTTP. Every call names
//! its attempt and is refused with [`ApiError::NotLive`] once that attempt is no longer the live one of its task.

use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::AttemptId;
use updraft_protocol::message::{
    ConnectionResult, DeleteXCom, ErrorResponse, GetXCom, GetXComCount, HitlChange, HitlDetailResponse,
    Inquiry, OutletEventResult, PutVariable, SetXCom, SkippedTask, StateStoreChange, TiRunContext, ToTask,
    TriggerDagRun, UpdraftGetXComItem, UpdraftProgress,
};

use crate::Outcome;

/// The engine, as one attempt sees it. Airflow 3's Task Execution API is the model: `run`, `heartbeat`, `state`,
/// `xcoms`, `variables`, `connections`.
#[async_trait]
pub trait TaskApi: Send + Sync + 'static {
    /// Claims the attempt for this worker. A repeat by the same host and process is accepted again.
    async fn start(&self, attempt: AttemptId, start: AttemptStart) -> Result<TiRunContext, ApiError>;

    /// Says that the attempt is alive, and how far it is.
    async fn heartbeat(&self, attempt: AttemptId, heartbeat: Heartbeat) -> Result<(), ApiError>;

    /// Says how the attempt ended. A repeat with the same outcome is accepted again.
    async fn end(&self, attempt: AttemptId, end: AttemptEnd) -> Result<(), ApiError>;

    /// The value that a task left; `None` if there is none.
    async fn get_xcom(&self, attempt: AttemptId, request: GetXCom) -> Result<Option<Value>, ApiError>;

    /// Leaves a value for other tasks.
    async fn set_xcom(&self, attempt: AttemptId, request: SetXCom) -> Result<(), ApiError>;

    /// Takes such a value away.
    async fn delete_xcom(&self, attempt: AttemptId, request: DeleteXCom) -> Result<(), ApiError>;

    /// One item of what a task has returned, or what one of its copies has; `None` if there is none.
    async fn xcom_item(
        &self,
        attempt: AttemptId,
        request: UpdraftGetXComItem,
    ) -> Result<Option<Value>, ApiError>;

    /// How many copies of a task have left a value.
    async fn xcom_count(&self, attempt: AttemptId, request: &GetXComCount) -> Result<u64, ApiError>;

    /// Those values, in the order of their indexes: the places of them that are wanted.
    async fn xcom_slice(
        &self,
        attempt: AttemptId,
        request: &GetXComCount,
        places: Range<u64>,
    ) -> Result<Vec<Value>, ApiError>;

    /// Says what a copy of a mapped task is called.
    async fn set_rendered_map_index(&self, attempt: AttemptId, text: String) -> Result<(), ApiError>;

    /// Leaves the fields of the task as they were after its templates were filled in, without secrets.
    async fn set_rendered_fields(
        &self,
        attempt: AttemptId,
        fields: Map<String, Value>,
    ) -> Result<(), ApiError>;

    /// Has a DAG run. A repeat by the same attempt with the same run id is accepted again.
    async fn trigger_dag_run(&self, attempt: AttemptId, request: TriggerDagRun) -> Result<(), ApiError>;

    /// Answers a question about what the database has. The answer is the one for the task, an error if there is none.
    async fn inquire(&self, attempt: AttemptId, inquiry: Inquiry) -> Result<ToTask, ApiError>;

    /// Says that one of the callbacks that this is a delivery of has returned. Attempts at tasks have none.
    async fn callback_done(&self, attempt: AttemptId, place: u32) -> Result<(), ApiError> {
        let message = format!("attempt `{attempt}` calls no callbacks, so none at place {place} can be done");
        Err(ApiError::Refused(message))
    }

    /// Changes the state store of the task, or that of an asset. A repeat is accepted again.
    async fn change_state_store(&self, attempt: AttemptId, change: StateStoreChange) -> Result<(), ApiError>;

    /// Asks people for the task, or takes an answer of nobody, and tells the answer. A question that is repeated is a new one.
    async fn change_hitl(
        &self,
        attempt: AttemptId,
        change: HitlChange,
    ) -> Result<HitlDetailResponse, ApiError>;

    /// The value of a Variable; `None` if there is no such Variable.
    async fn get_variable(&self, attempt: AttemptId, key: &str) -> Result<Option<String>, ApiError>;

    /// Writes a Variable.
    async fn put_variable(&self, attempt: AttemptId, request: PutVariable) -> Result<(), ApiError>;

    /// Deletes a Variable.
    async fn delete_variable(&self, attempt: AttemptId, key: &str) -> Result<(), ApiError>;

    /// A Connection; `None` if there is none of that name.
    async fn get_connection(
        &self,
        attempt: AttemptId,
        conn_id: &str,
    ) -> Result<Option<ConnectionResult>, ApiError>;
}

/// Who runs an attempt, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptStart {
    /// The worker's machine.
    pub hostname: String,
    /// The user the worker runs as.
    pub unixname: String,
    /// The worker's process.
    pub pid: u32,
    /// When the worker began with it.
    pub start_date: Timestamp,
}

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The worker's machine, as at the start.
    pub hostname: String,
    /// The worker's process, as at the start.
    pub pid: u32,
    /// How far the task is; `None` if that has not changed since the last heartbeat.
    pub progress: Option<UpdraftProgress>,
}

/// How and when an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptEnd {
    /// How.
    pub outcome: Outcome,
    /// When.
    pub end_date: Timestamp,
    /// How far the task was, if no heartbeat has told that.
    pub progress: Option<UpdraftProgress>,
    /// Tasks of its run that it wants skipped, if it succeeded.
    pub skipped: Vec<SkippedTask>,
    /// What it says about the assets that its task has updated, if it succeeded.
    pub outlet_events: Vec<OutletEventResult>,
    /// How long to wait before the next try, if the attempt failed and says so.
    #[serde(default)]
    pub retry_delay: Option<Duration>,
}

/// Why the engine did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ApiError {
    /// The attempt is not the live one of its task: it is to be killed, and its end is not to be reported.
    #[error("the attempt is not live any more: {0}")]
    NotLive(String),
    /// The engine has an error for the task itself: what it has asked for is not there, is wrong, or is there already.
    #[error("{}", .0.message())]
    Answered(ErrorResponse),
    /// The request is wrong or not allowed; trying again does not help.
    #[error("refused: {0}")]
    Refused(String),
    /// The engine or its store cannot be reached; trying again may help.
    #[error("the engine cannot be reached: {0}")]
    Unavailable(String),
}
