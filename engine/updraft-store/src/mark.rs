//! Marking: tasks whose state a person or a program sets, and attempts that they kill.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::{AttemptId, RunKey, TaskEvent, TaskInstanceState, TaskKey, transition};
use updraft_sql::{ColumnType, Conflict, Sql, Tx, retry_conflicts, statements};

use crate::attempts::expect_rows;
use crate::changes::Change;
use crate::copies::make_rows;
use crate::error::{StoreError, from_sql};
use crate::store::Store;
use crate::table::{TableRow, storable, task_row};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // PostgreSQL has several writers at a time; SQLite's transaction is the only one.
    READ = Sql::per_backend(
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.state, t.attempt_id \
         FROM {batch} \
         JOIN task_instance t ON t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
                             AND t.map_index = batch.map_index \
         FOR UPDATE OF t",
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.state, t.attempt_id \
         FROM {batch} \
         JOIN task_instance t ON t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
                             AND t.map_index = batch.map_index",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
    ]);
    RECORD_ENDS = Sql::new(
        "INSERT INTO task_instance_history (attempt_id, dag_id, run_id, task_id, map_index, try_number, state, \
                                            queued_at, start_date, end_date, hostname, unixname, pid, outcome) \
         SELECT t.attempt_id, t.dag_id, t.run_id, t.task_id, t.map_index, t.try_number, $1, \
                t.queued_at, t.start_date, $2, t.hostname, t.unixname, t.pid, $3 \
         FROM {batch} \
         JOIN task_instance t ON t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
                             AND t.map_index = batch.map_index",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
    ]);
    MARK = Sql::new(
        "UPDATE task_instance AS t \
         SET state = $1, start_date = coalesce(t.start_date, $2), end_date = $2, outcome = $3, next_try_at = NULL, \
             lost_in_row = 0 \
         FROM {batch} \
         WHERE t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
           AND t.map_index = batch.map_index",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
    ]);
}

/// A task whose state was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// The task.
    pub key: TaskKey,
    /// The state it had.
    pub from: Option<TaskInstanceState>,
    /// Its attempt, if it had one that had not ended: no write of it counts any more, and the scheduler kills it.
    pub attempt: Option<AttemptId>,
}

/// Why no task was marked.
#[derive(Debug, thiserror::Error)]
pub enum MarkError {
    /// Only some states can be set by hand. Final.
    #[error("tasks cannot be marked `{state}`, only `success`, `failed` and `skipped`")]
    NotSettable {
        /// The state.
        state: TaskInstanceState,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nothing was killed.
#[derive(Debug, thiserror::Error)]
pub enum KillError {
    /// There is no such task. Final.
    #[error("there is no task `{key}`")]
    UnknownTask {
        /// The task.
        key: TaskKey,
    },
    /// The task is neither queued nor running. Final.
    #[error("task `{key}` does not run, it is `{}`", TaskInstanceState::text(*state))]
    NotRunning {
        /// The task.
        key: TaskKey,
        /// Its state.
        state: Option<TaskInstanceState>,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(MarkError, KillError);

impl Conflict for MarkError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

impl Conflict for KillError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

/// What tasks are marked with.
#[derive(Clone, Copy)]
struct Mark<'a> {
    state: TaskInstanceState,
    /// Why, in words.
    outcome: &'a str,
    now: Timestamp,
}

impl Store {
    /// Sets the state of tasks to success, failed or skipped, whatever they are doing; `outcome` says why. Their runs are not
    /// changed, the scheduler goes on from there. Tasks that do not exist or were removed from their DAG are left out of the
    /// answer, which is by key. Of a mapped task with copies, map index -1 is all copies without a row of their own.
    ///
    /// # Errors
    /// [`MarkError`]; nothing was marked then.
    pub async fn mark_tasks(
        &self,
        tasks: &[TaskKey],
        state: TaskInstanceState,
        outcome: &str,
        now: Timestamp,
    ) -> Result<Vec<Marked>, MarkError> {
        // Whatever the task is doing, the model says whether a state can be set at all.
        if transition(None, TaskEvent::Mark(state)).is_err() {
            return Err(MarkError::NotSettable { state });
        }
        let tasks: BTreeSet<&TaskKey> = tasks.iter().collect();
        let mark = Mark { state, outcome, now };
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let marked = read(&mut tx, &tasks).await?;
            self.write_marks(tx, &marked, mark).await?;
            Ok(marked)
        })
        .await
    }

    /// Ends the attempt of a task that is queued or running, and fails the task without a further try; `outcome` says why.
    /// Returns what was killed.
    ///
    /// # Errors
    /// [`KillError`]; nothing was changed then.
    pub async fn kill_task(&self, key: &TaskKey, outcome: &str, now: Timestamp) -> Result<Marked, KillError> {
        let mark = Mark {
            state: TaskInstanceState::Failed,
            outcome,
            now,
        };
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let Some(marked) = read(&mut tx, &BTreeSet::from([key])).await?.into_iter().next() else {
                return Err(KillError::UnknownTask { key: key.clone() });
            };
            if marked.attempt.is_none() {
                return Err(KillError::NotRunning {
                    key: key.clone(),
                    state: marked.from,
                });
            }
            self.write_marks(tx, std::slice::from_ref(&marked), mark).await?;
            Ok(marked)
        })
        .await
    }

    async fn write_marks(&self, mut tx: Tx, marked: &[Marked], mark: Mark<'_>) -> Result<(), StoreError> {
        if marked.is_empty() {
            return Ok(());
        }
        let (state, outcome) = (mark.state.as_str(), storable(mark.outcome));
        let ended: Vec<&Marked> = marked.iter().filter(|task| task.attempt.is_some()).collect();
        if !ended.is_empty() {
            let query = RECORD_ENDS.bind(state).bind(mark.now).bind(&outcome);
            let rows = ended.iter().map(|task| task_row!(task.key));
            expect_rows(&mut tx, query.rows(rows), ended.len()).await?;
        }
        let query = MARK.bind(state).bind(mark.now).bind(&outcome);
        let rows = marked.iter().map(|task| task_row!(task.key));
        expect_rows(&mut tx, query.rows(rows), marked.len()).await?;
        let runs: BTreeSet<RunKey> = marked.iter().map(|task| task.key.run_key()).collect();
        self.commit_with_changes(tx, runs.iter().map(Change::of_run))
            .await
    }
}

/// The tasks that can be marked, by key.
async fn read(tx: &mut Tx, tasks: &BTreeSet<&TaskKey>) -> Result<Vec<Marked>, StoreError> {
    make_rows(tx, tasks.iter().copied()).await?;
    let mut marked = Vec::new();
    for row in tx
        .fetch_all(READ.rows(tasks.iter().map(|key| task_row!(key))))
        .await?
    {
        let row = TableRow {
            table: "task_instance",
            row: &row,
        };
        let from = row.task_state("state")?;
        // Only a removed task cannot be marked.
        if transition(from, TaskEvent::Mark(TaskInstanceState::Failed)).is_ok() {
            let is_live = from.is_some_and(TaskInstanceState::has_attempt);
            marked.push(Marked {
                key: row.task_key()?,
                from,
                attempt: row.optional_attempt()?.filter(|_| is_live),
            });
        }
    }
    marked.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(marked)
}
