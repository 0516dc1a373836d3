//! What the planner is told about the world: DAGs, unfinished runs and their tasks, as the store has them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use updraft_model::{
    AttemptId, BackfillId, BackfillPlace, DagId, DagRunState, DagSpec, DagVersionId, DataInterval,
    DeadlineName, DueAt, MapIndex, OpenWait, Pool, QueuedAssetEvent, Returned, RunId, RunKey, RunType,
    SkipDecision, TaskId, TaskInstanceState, TimetableAnswer, order_date,
};

/// Everything the planner starts from.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Every DAG that has a source.
    pub dags: Vec<DagSnapshot>,
    /// Every run that is queued or running.
    pub runs: Vec<RunSnapshot>,
    /// Open deadlines of runs that are over.
    pub late: Vec<(RunKey, DeadlineSnapshot)>,
    /// Every pool.
    pub pools: Vec<Pool>,
    /// What holds for the whole installation.
    pub limits: Limits,
}

/// Limits of the whole installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many tasks may be queued or running at once; `[core] parallelism`.
    pub parallelism: usize,
    /// How many attempts of one task in a row may be lost with their supervisor without costing the task a try; the
    /// next lost one counts as failed.
    pub lost_attempts_in_row_max: u32,
}

impl Default for Limits {
    /// Airflow's 32 slots; 5 lost attempts.
    fn default() -> Self {
        Self {
            parallelism: 32,
            lost_attempts_in_row_max: 5,
        }
    }
}

/// A DAG as the store has it.
#[derive(Debug, Clone)]
pub struct DagSnapshot {
    /// Its name.
    pub dag_id: DagId,
    /// Its newest version, which new runs get.
    pub version: DagVersionId,
    /// The description of that version.
    pub spec: Arc<DagSpec>,
    /// Whether somebody paused it.
    pub is_paused: bool,
    /// Whether its source is still there.
    pub is_active: bool,
    /// The data interval of its newest scheduled run, finished or not; `None` before the first one.
    pub last_scheduled: Option<DataInterval>,
    /// Its backfills that are not over.
    pub backfills: Vec<BackfillSnapshot>,
    /// The asset events that wait for its next run, by number.
    pub asset_queue: Vec<QueuedAssetEvent>,
    /// The logical date of the newest run that assets have caused.
    pub last_asset_date: Option<Timestamp>,
    /// How long its newest runs took that are over, the newest first: as many as its deadlines look at.
    pub runtimes: Vec<Duration>,
    /// What its program has told last of its next run, if it has a timetable of its own.
    pub timetable_answer: Option<TimetableAnswer>,
}

/// A deadline of a run as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineSnapshot {
    /// Which.
    pub name: DeadlineName,
    /// When it is, and from when it counts.
    pub at: DueAt,
    /// Whether it has neither been met nor missed.
    pub is_open: bool,
    /// Whether the source has a callback for it.
    pub is_called: bool,
}

/// A backfill that is not over, as the store has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackfillSnapshot {
    /// Its id.
    pub id: BackfillId,
    /// Whether somebody paused it.
    pub is_paused: bool,
    /// How many of its runs may be running at once, whatever the limit of its DAG is.
    pub max_active_runs: u32,
}

/// A run as the store has it.
#[derive(Debug, Clone)]
pub struct RunSnapshot {
    /// Which run of which DAG.
    pub key: RunKey,
    /// The version of the DAG it runs.
    pub version: DagVersionId,
    /// The description of that version.
    pub spec: Arc<DagSpec>,
    /// Its state.
    pub state: DagRunState,
    /// Why it exists.
    pub run_type: RunType,
    /// The date it is about; at compat level 3 there are runs without one.
    pub logical_date: Option<Timestamp>,
    /// The span of data it is about.
    pub data_interval: Option<DataInterval>,
    /// It must not start earlier.
    pub run_after: Timestamp,
    /// Its place in a backfill that is not over.
    pub backfill: Option<BackfillPlace>,
    /// When it was queued, last time.
    pub queued_at: Option<Timestamp>,
    /// When it started, last time.
    pub start_date: Option<Timestamp>,
    /// The newest finished run before it, as `depends_on_past` counts them: of a DAG that catches up no manual one. Only
    /// needed if a task has `depends_on_past`.
    pub previous: Option<PastRun>,
    /// Its deadlines, open or not. The planner makes those that are missing.
    pub deadlines: Vec<DeadlineSnapshot>,
    /// Its tasks. One that is missing counts as having no state yet. Of a mapped task with copies, index -1 is what all
    /// copies share that are not named themselves.
    pub tasks: Vec<TaskSnapshot>,
}

impl RunSnapshot {
    /// Where it stands in the order of its DAG's runs.
    pub fn order_date(&self) -> Timestamp {
        order_date(self.logical_date, self.run_after)
    }
}

/// A finished run, as far as `depends_on_past` looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    /// Which run.
    pub run_id: RunId,
    /// Where it stands in the order of its DAG's runs.
    pub order_date: Timestamp,
    /// Its tasks that succeeded or were skipped.
    pub successful: BTreeSet<TaskId>,
    /// Its other tasks.
    pub unsuccessful: BTreeSet<TaskId>,
}

/// A task of a run as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSnapshot {
    /// Which task.
    pub task_id: TaskId,
    /// Which copy of it.
    pub map_index: MapIndex,
    /// Its state; `None` before anything was decided.
    pub state: Option<TaskInstanceState>,
    /// The number of its newest try, from 1; 0 before the first.
    pub try_number: u32,
    /// It is retried as long as `try_number` is not more: at first its retries, raised by a clear and by each lost
    /// attempt.
    pub max_tries: u32,
    /// Its live attempt, while it is queued, running or restarting.
    pub attempt: Option<AttemptId>,
    /// Since when it is scheduled, while it is.
    pub scheduled_at: Option<Timestamp>,
    /// When it may be tried again, while it is `up_for_retry` or `up_for_reschedule`; `None`: not known, so after its
    /// retry delay from `end_date` on.
    pub next_try_at: Option<Timestamp>,
    /// When its newest attempt ended.
    pub end_date: Option<Timestamp>,
    /// How often its newest try was put off; as long as it is, the next attempt goes on with that try.
    pub reschedules: u32,
    /// When the newest try began, while it lasts.
    pub began_at: Option<Timestamp>,
    /// Its wait, while it is deferred.
    pub wait: Option<OpenWait>,
    /// Whether its next or live attempt goes on with what a wait has ended with.
    pub resumes: bool,
    /// How many of its newest attempts in a row were lost.
    pub lost_in_row: u32,
    /// What its newest attempt decided about the tasks after it.
    pub skip_decision: Option<SkipDecision>,
    /// What its newest attempt returned, if tasks are mapped over that.
    pub returned: Option<Returned>,
    /// Of a mapped task, at index -1: how many copies it has; `None` before that is known.
    pub mapped_length: Option<u32>,
}

impl TaskSnapshot {
    /// A task about which nothing was decided yet, with so many retries.
    pub const fn new(task_id: TaskId, max_tries: u32) -> Self {
        Self {
            task_id,
            map_index: MapIndex::UNMAPPED,
            state: None,
            try_number: 0,
            max_tries,
            attempt: None,
            scheduled_at: None,
            next_try_at: None,
            end_date: None,
            reschedules: 0,
            began_at: None,
            wait: None,
            resumes: false,
            lost_in_row: 0,
            skip_decision: None,
            returned: None,
            mapped_length: None,
        }
    }
}
