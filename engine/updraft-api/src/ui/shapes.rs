//! What several pages show: runs, tasks of runs, and the parameters that name them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Dags, Identity};
use updraft_model::{DagId, TaskInstanceState, TaskSpec};
use updraft_store::{RunRow, TaskInstanceRow};

use crate::domain::task_instances::Instance;
use crate::failure::Failure;
use crate::time::{V2Time, seconds};

/// How many there are in each state; `none` for no state.
pub(super) type Counts = BTreeMap<&'static str, u64>;

/// Which DAG.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ByDag {
    pub(super) dag_id: String,
}

/// Which run.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ByRun {
    pub(super) dag_id: String,
    pub(super) run_id: String,
}

/// Which task of a run, or copy of a mapped one.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ByTask {
    pub(super) dag_id: String,
    pub(super) run_id: String,
    pub(super) task_id: String,
    pub(super) map_index: i32,
}

/// A remark.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoteBody {
    pub(super) note: Option<String>,
}

/// A run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Run {
    dag_id: String,
    run_id: String,
    state: &'static str,
    run_type: &'static str,
    run_after: V2Time,
    logical_date: Option<V2Time>,
    data_interval_start: Option<V2Time>,
    data_interval_end: Option<V2Time>,
    queued_at: Option<V2Time>,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
    /// Seconds.
    duration: Option<f64>,
    note: Option<String>,
    version: u32,
    triggered_by: Option<String>,
}

impl Run {
    pub(super) fn of(run: &RunRow) -> Self {
        Self {
            dag_id: run.key.dag_id.to_string(),
            run_id: run.key.run_id.to_string(),
            state: run.state.as_str(),
            run_type: run.run_type.as_str(),
            run_after: V2Time(run.run_after),
            logical_date: run.logical_date.map(V2Time),
            data_interval_start: run.data_interval.map(|interval| V2Time(interval.start)),
            data_interval_end: run.data_interval.map(|interval| V2Time(interval.end)),
            queued_at: run.queued_at.map(V2Time),
            start_date: run.start_date.map(V2Time),
            end_date: run.end_date.map(V2Time),
            duration: seconds(run.start_date, run.end_date),
            note: run.note.clone(),
            version: run.version_number,
            triggered_by: run.triggered_by.clone(),
        }
    }
}

/// A task of a run, or one copy of a mapped task; with index -1 those copies of one to which nothing has happened alone.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Ti {
    dag_id: String,
    run_id: String,
    task_id: String,
    map_index: i32,
    state: Option<&'static str>,
    try_number: u32,
    max_tries: u32,
    operator: String,
    pool: Option<String>,
    queue: Option<String>,
    priority_weight: i64,
    scheduled_at: Option<V2Time>,
    queued_at: Option<V2Time>,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
    /// Seconds.
    duration: Option<f64>,
    hostname: Option<String>,
    pid: Option<u32>,
    /// What the copy is called.
    rendered_map_index: Option<String>,
    note: Option<String>,
    logical_date: Option<V2Time>,
    run_after: V2Time,
}

impl Ti {
    pub(super) fn of(instance: &Instance) -> Self {
        let run = &instance.run;
        Self::of_row(&instance.row, run.logical_date, run.run_after).in_pool(instance.task())
    }

    /// With what its DAG says of it.
    pub(super) fn in_pool(mut self, task: Option<&TaskSpec>) -> Self {
        self.pool = task.map(|task| task.pool.clone());
        self.queue = task.map(|task| task.queue.clone());
        self
    }

    /// Of the mapped task instead of its copy.
    pub(super) fn of_whole(mut self) -> Self {
        self.map_index = -1;
        self.rendered_map_index = None;
        self
    }

    pub(super) fn of_row(
        row: &TaskInstanceRow,
        logical_date: Option<Timestamp>,
        run_after: Timestamp,
    ) -> Self {
        Self {
            dag_id: row.key.dag_id.to_string(),
            run_id: row.key.run_id.to_string(),
            task_id: row.key.task_id.to_string(),
            map_index: row.key.map_index.0,
            state: row.state.map(TaskInstanceState::as_str),
            try_number: row.try_number,
            max_tries: row.max_tries,
            operator: row.operator.clone(),
            pool: None,
            queue: None,
            priority_weight: row.priority_weight,
            scheduled_at: row.scheduled_at.map(V2Time),
            queued_at: row.queued_at.map(V2Time),
            start_date: row.start_date.map(V2Time),
            end_date: row.end_date.map(V2Time),
            duration: seconds(row.start_date, row.end_date),
            hostname: row.hostname.clone(),
            pid: row.pid,
            rendered_map_index: row.rendered_map_index.clone(),
            note: row.note.clone(),
            logical_date: logical_date.map(V2Time),
            run_after: V2Time(run_after),
        }
    }
}

/// The word of a state.
pub(super) fn word(state: Option<TaskInstanceState>) -> &'static str {
    state.map_or("none", TaskInstanceState::as_str)
}

/// The states that words name.
///
/// # Errors
/// [`Failure::Invalid`]: one is no state.
pub(super) fn states<T: std::str::FromStr>(words: &[String]) -> Result<Vec<T>, Failure> {
    words.iter().map(|word| state(word)).collect()
}

/// The state that a word names.
///
/// # Errors
/// [`Failure::Invalid`]: it is no state.
pub(super) fn state<T: std::str::FromStr>(word: &str) -> Result<T, Failure> {
    word.parse()
        .map_err(|_| Failure::query(format!("`{word}` is not known here")))
}

/// The DAGs that somebody may read; `None`: all.
pub(super) fn readable(identity: &Identity) -> Option<std::collections::BTreeSet<DagId>> {
    match identity.dags(Action::Read) {
        Dags::All => None,
        Dags::Only(ids) => Some(ids),
    }
}
