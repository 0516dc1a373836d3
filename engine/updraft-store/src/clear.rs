//! Clearing: tasks that are to run again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use updraft_model::{DagRunState, DagVersionId, RunEvent, RunKey, TaskEvent, TaskInstanceState, TaskKey};
use updraft_model::{transition, transition_run};
use updraft_sql::{ColumnType, Sql, Tx, retry_conflicts, row, statements};

use crate::attempts::expect_rows;
use crate::changes::Change;
use crate::copies::make_rows;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::{TableRow, state_text, task_row};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // PostgreSQL has several writers at a time; SQLite's transaction is the only one.
    READ = Sql::per_backend(
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.state, t.try_number, t.max_tries, \
                r.version_id, r.state AS run_state \
         FROM {batch} \
         JOIN task_instance t ON t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
                             AND t.map_index = batch.map_index \
         JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id \
         FOR UPDATE OF t, r",
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.state, t.try_number, t.max_tries, \
                r.version_id, r.state AS run_state \
         FROM {batch} \
         JOIN task_instance t ON t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
                             AND t.map_index = batch.map_index \
         JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
    ]);
    CLEAR_TASKS = Sql::new(
        "UPDATE task_instance AS t \
         SET state = batch.to_state, max_tries = batch.max_tries, lost_in_row = 0, next_try_at = NULL, \
             reschedules = 0, \
             start_date = CASE WHEN batch.to_state IS NULL THEN NULL ELSE t.start_date END, \
             end_date = NULL, outcome = NULL \
         FROM {batch} \
         WHERE t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
           AND t.map_index = batch.map_index",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("to_state", ColumnType::Text),
        ("max_tries", ColumnType::I64),
    ]);
    CLEAR_RUNS = Sql::new(
        "UPDATE dag_run AS r \
         SET clear_number = r.clear_number + 1, state = batch.to_state, \
             queued_at = CASE WHEN r.state = batch.to_state THEN r.queued_at ELSE $1 END, \
             start_date = CASE WHEN r.state = batch.to_state THEN r.start_date ELSE NULL END, \
             end_date = NULL \
         FROM {batch} \
         WHERE r.dag_id = batch.dag_id AND r.run_id = batch.run_id",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text), ("to_state", ColumnType::Text)]);
}

/// What a clear did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleared {
    /// The tasks that will run again, by key.
    pub tasks: Vec<ClearedTask>,
    /// Their runs, by key. Those that had finished are queued again.
    pub runs: Vec<RunKey>,
}

/// A task that will run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearedTask {
    /// The task.
    pub key: TaskKey,
    /// The state it had.
    pub from: Option<TaskInstanceState>,
    /// The state it has now: none, or restarting while its attempt is being ended.
    pub to: Option<TaskInstanceState>,
}

/// A row that may be cleared.
struct Candidate {
    cleared: ClearedTask,
    try_number: u32,
    max_tries: u32,
    version: DagVersionId,
}

impl Store {
    /// Clears tasks, so that they run again with all their retries; those that run are ended first, and a late end of their
    /// attempt does not count. Tasks that do not exist or were removed from their DAG are left out of the answer. Of a mapped
    /// task with copies, map index -1 is all copies without a row of their own.
    ///
    /// As in Airflow 2.11 a finished run is queued again, an unfinished one goes on, and `max_tries` becomes the tries made
    /// plus the task's retries.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was cleared then.
    pub async fn clear_tasks(&self, tasks: &[TaskKey], now: Timestamp) -> Result<Cleared, StoreError> {
        retry_conflicts(|| self.try_clear(tasks, now)).await
    }

    async fn try_clear(&self, tasks: &[TaskKey], now: Timestamp) -> Result<Cleared, StoreError> {
        let mut tx = self.db.begin().await?;
        let tasks: BTreeSet<&TaskKey> = tasks.iter().collect();
        make_rows(&mut tx, tasks.iter().copied()).await?;
        let (candidates, runs) = candidates(&mut tx, &tasks).await?;
        if candidates.is_empty() {
            return Ok(Cleared::default());
        }
        let versions = candidates.iter().map(|candidate| candidate.version).collect();
        let specs = self.specs(&mut tx, versions).await?;
        let rows = candidates.iter().map(|candidate| {
            let ClearedTask { key, to, .. } = &candidate.cleared;
            let task = specs
                .get(&candidate.version)
                .and_then(|spec| spec.task(&key.task_id));
            let max_tries = match to {
                Some(_) => candidate.max_tries,
                None => task.map_or(candidate.max_tries, |task| candidate.try_number + task.retries),
            };
            task_row!(key, state_text(*to), max_tries)
        });
        expect_rows(&mut tx, CLEAR_TASKS.rows(rows), candidates.len()).await?;
        let rows = runs.iter().map(|(key, state)| {
            let to = if state.is_finished() {
                transition_run(*state, RunEvent::Clear).unwrap_or(*state)
            } else {
                *state
            };
            row![key.dag_id.as_str(), key.run_id.as_str(), to.as_str()]
        });
        expect_rows(&mut tx, CLEAR_RUNS.bind(now).rows(rows), runs.len()).await?;
        let runs: Vec<RunKey> = runs.into_keys().collect();
        self.commit_with_changes(tx, runs.iter().map(Change::of_run))
            .await?;
        let mut tasks: Vec<ClearedTask> = candidates
            .into_iter()
            .map(|candidate| candidate.cleared)
            .collect();
        tasks.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Cleared { tasks, runs })
    }
}

/// The rows of the tasks that can be cleared, and the states of their runs.
async fn candidates(
    tx: &mut Tx,
    tasks: &BTreeSet<&TaskKey>,
) -> Result<(Vec<Candidate>, BTreeMap<RunKey, DagRunState>), StoreError> {
    let (mut candidates, mut runs) = (Vec::new(), BTreeMap::new());
    for row in tx
        .fetch_all(READ.rows(tasks.iter().map(|key| task_row!(key))))
        .await?
    {
        let row = TableRow {
            table: "task_instance",
            row: &row,
        };
        let from = row.task_state("state")?;
        // Only a removed task cannot be cleared.
        let Ok(to) = transition(from, TaskEvent::Clear) else {
            continue;
        };
        let key = row.task_key()?;
        runs.insert(key.run_key(), row.parsed("run_state")?);
        candidates.push(Candidate {
            cleared: ClearedTask { key, from, to },
            try_number: row.number("try_number")?,
            max_tries: row.number("max_tries")?,
            version: row.version()?,
        });
    }
    Ok((candidates, runs))
}
