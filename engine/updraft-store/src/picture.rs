//! What the scheduler starts from: every DAG with a source, and every unfinished run with its tasks.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{
    AttemptId, DagId, DagRunState, DagSpec, DagVersionId, DataInterval, MapIndex, RunKey, RunType, TaskId,
    TaskInstanceState,
};

/// A consistent picture of everything that is not finished.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Every DAG, also without a source and paused ones.
    pub dags: Vec<StoredDag>,
    /// Every run that is queued or running.
    pub runs: Vec<StoredRun>,
}

/// A DAG with its newest version.
#[derive(Debug, Clone)]
pub struct StoredDag {
    /// Its name.
    pub dag_id: DagId,
    /// Its newest version.
    pub version: DagVersionId,
    /// What that version says.
    pub spec: Arc<DagSpec>,
    /// The source it comes from, relative to the DAGs folder.
    pub source: String,
    /// Whether it is paused.
    pub is_paused: bool,
    /// Whether its source still defines it.
    pub is_active: bool,
    /// The data interval of its newest scheduled run.
    pub last_scheduled: Option<DataInterval>,
}

/// A run and its tasks.
#[derive(Debug, Clone)]
pub struct StoredRun {
    /// Which run of which DAG.
    pub key: RunKey,
    /// The version of the DAG that it runs.
    pub version: DagVersionId,
    /// What that version says.
    pub spec: Arc<DagSpec>,
    /// Its state.
    pub state: DagRunState,
    /// Why it exists.
    pub run_type: RunType,
    /// The date it is named after.
    pub logical_date: Timestamp,
    /// The span of data it is about.
    pub data_interval: DataInterval,
    /// It must not start earlier.
    pub run_after: Timestamp,
    /// When it was queued, last time.
    pub queued_at: Option<Timestamp>,
    /// When it started.
    pub start_date: Option<Timestamp>,
    /// When it ended.
    pub end_date: Option<Timestamp>,
    /// What it was triggered with.
    pub conf: Map<String, Value>,
    /// How often it was cleared.
    pub clear_number: u32,
    /// Its tasks, in no order.
    pub tasks: Vec<StoredTask>,
}

/// A task instance.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTask {
    /// Which task.
    pub task_id: TaskId,
    /// Which copy of it.
    pub map_index: MapIndex,
    /// Its state.
    pub state: Option<TaskInstanceState>,
    /// The number of its newest try; 0 before the first.
    pub try_number: u32,
    /// It is retried as long as `try_number` is not more.
    pub max_tries: u32,
    /// Its live attempt, while it is queued, running or restarting.
    pub attempt: Option<AttemptId>,
    /// How many of its newest attempts in a row were lost.
    pub lost_in_row: u32,
    /// When it was queued.
    pub queued_at: Option<Timestamp>,
    /// When its newest attempt started.
    pub start_date: Option<Timestamp>,
    /// When its newest attempt ended.
    pub end_date: Option<Timestamp>,
    /// When it may be tried again.
    pub next_try_at: Option<Timestamp>,
    /// The machine of its newest attempt.
    pub hostname: Option<String>,
    /// The worker process of its newest attempt.
    pub pid: Option<u32>,
    /// When its live attempt last gave a sign of life.
    pub heartbeat_at: Option<Timestamp>,
    /// How far its live attempt is: `done`, `total`, `message`.
    pub progress: Option<Value>,
    /// How its newest attempt ended, in one line for people.
    pub outcome: Option<String>,
}
