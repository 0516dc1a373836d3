//! What the scheduler commits: its decisions, as rows, in one transaction.

use jiff::Timestamp;
use updraft_model::{
    AttemptId, DagId, DagRunState, DagVersionId, DataInterval, RunKey, RunType, TaskId, TaskInstanceState, TaskKey,
};

/// All decisions of one planning. Every part is written set-based; every `from` is compared, and a row that is found
/// otherwise fails the whole commit.
#[derive(Debug, Clone, Default)]
pub struct PlanCommit {
    /// Runs to make, queued, with their tasks.
    pub new_runs: Vec<NewRun>,
    /// DAGs whose timetable moved on.
    pub advanced: Vec<AdvancedDag>,
    /// Runs that change state.
    pub run_states: Vec<RunChange>,
    /// Tasks that change state without an attempt.
    pub task_states: Vec<TaskChange>,
    /// Tasks that get an attempt.
    pub queued: Vec<QueuedTask>,
    /// Times of next tries.
    pub retries: Vec<RetryTime>,
}

/// A run to make.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Which run of which DAG.
    pub key: RunKey,
    /// The version it will run.
    pub version: DagVersionId,
    /// Why it exists.
    pub run_type: RunType,
    /// The date it is named after.
    pub logical_date: Timestamp,
    /// The span of data it is about.
    pub data_interval: DataInterval,
    /// It must not start earlier.
    pub run_after: Timestamp,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// What it was triggered with; a JSON object.
    pub conf: serde_json::Map<String, serde_json::Value>,
    /// Its tasks, with the retries of each.
    pub tasks: Vec<NewTask>,
}

/// A task of a run to make.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// Which task.
    pub task_id: TaskId,
    /// Its retries.
    pub max_tries: u32,
    /// The class or kind of task that people see.
    pub operator: String,
}

/// A DAG whose timetable moved on.
#[derive(Debug, Clone)]
pub struct AdvancedDag {
    /// Which DAG.
    pub dag_id: DagId,
    /// The interval of its newest scheduled run.
    pub last: DataInterval,
    /// The logical date and the time of the scheduled run after that.
    pub next: Option<(Timestamp, Timestamp)>,
}

/// A run that changes state.
#[derive(Debug, Clone)]
pub struct RunChange {
    /// Which run.
    pub key: RunKey,
    /// The state that it has.
    pub from: DagRunState,
    /// The state that it gets.
    pub to: DagRunState,
    /// When: its start or end date.
    pub at: Timestamp,
}

/// A task that changes state without an attempt.
#[derive(Debug, Clone)]
pub struct TaskChange {
    /// Which task.
    pub key: TaskKey,
    /// The state that it has.
    pub from: Option<TaskInstanceState>,
    /// The state that it gets; a finished one sets its end date.
    pub to: Option<TaskInstanceState>,
    /// When.
    pub at: Timestamp,
}

/// A task that gets an attempt.
#[derive(Debug, Clone)]
pub struct QueuedTask {
    /// Which task.
    pub key: TaskKey,
    /// The state that it has.
    pub from: Option<TaskInstanceState>,
    /// Its new live attempt.
    pub attempt: AttemptId,
    /// The number of this try.
    pub try_number: u32,
    /// Its priority.
    pub priority_weight: i64,
    /// When.
    pub at: Timestamp,
}

/// When a task may be tried again.
#[derive(Debug, Clone)]
pub struct RetryTime {
    /// Which task.
    pub key: TaskKey,
    /// When.
    pub next_try_at: Timestamp,
}
