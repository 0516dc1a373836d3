//! Marking: tasks whose state a person or a program sets, and attempts that they kill.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;
use updraft_model::{AttemptId, DagError, Reach, TaskEvent, TaskInstanceState, TaskKey, transition};
use updraft_sql::{ColumnType, Conflict, Sql, Tx, retry_conflicts, statements};

use crate::attempts::expect_rows;
use crate::author::Note;
use crate::changes::Change;
use crate::choose::{ChoiceError, ChosenTask, Effect, Purpose, StateChoice, TaskChoice};
use crate::copies::make_rows;
use crate::error::{StoreError, from_sql};
use crate::state_stores::clear_states;
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
    /// A version of the DAG cannot be understood. Final.
    #[error(transparent)]
    Dag(#[from] DagError),
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
    /// The task is neither queued nor running nor deferred. Final.
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

impl From<ChoiceError> for MarkError {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Dag(error) => Self::Dag(error),
            ChoiceError::Store(error) => Self::Store(error),
        }
    }
}

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
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// The state: success, failed or skipped.
    pub state: TaskInstanceState,
    /// Why, in words.
    pub outcome: &'a str,
    /// When.
    pub now: Timestamp,
}

/// What marking chosen tasks did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarkedChoice {
    /// The tasks that have the state now and had another one, by logical date, task and map index.
    pub marked: Vec<ChosenTask>,
    /// Tasks after them that had failed, or could not run because of a failure, and are looked at anew; in the same order.
    pub cleared: Vec<ChosenTask>,
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
        must_be_settable(state)?;
        let tasks: BTreeSet<&TaskKey> = tasks.iter().collect();
        let mark = Mark { state, outcome, now };
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let marked = read(&mut tx, &tasks).await?;
            self.write_and_clear(&mut tx, &marked, mark).await?;
            self.commit_with_changes(tx, runs_of(&marked)).await?;
            Ok(marked)
        })
        .await
    }

    /// Sets the state of the tasks that are chosen, all of them or none; those that run are killed. What had failed after the
    /// named tasks, or could not run because of a failure, is cleared, so that it goes on from there: after a success it runs,
    /// after a failure it is `upstream_failed`. A finished run of which something was cleared is queued again; the state of
    /// others stays, as in Airflow 2.11 (`DAG.set_task_instance_state`).
    ///
    /// # Errors
    /// [`MarkError`]; nothing was marked then.
    pub async fn mark(
        &self,
        choice: &TaskChoice<'_>,
        mark: Mark<'_>,
        effect: Effect,
    ) -> Result<MarkedChoice, MarkError> {
        must_be_settable(mark.state)?;
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let (marked, cleared) = self.mark_in(&mut tx, choice, mark).await?;
            let keys = marked.iter().chain(&cleared).map(|task| task.key.run_key());
            let runs: BTreeSet<Change> = keys.map(Change::Run).collect();
            match effect {
                Effect::DryRun => tx.rollback().await?,
                Effect::Lasting => {
                    if !runs.is_empty() {
                        let told = json!({ "new_state": mark.state.as_str(), "tasks": marked.len() });
                        self.note_chosen(&mut tx, choice, (&marked, told)).await?;
                    }
                    self.commit_with_changes(tx, runs).await?;
                }
            }
            Ok(MarkedChoice { marked, cleared })
        })
        .await
    }

    /// Writes the state of tasks; with a success what they keep goes, if that is wanted.
    async fn write_and_clear(
        &self,
        tx: &mut Tx,
        marked: &[Marked],
        mark: Mark<'_>,
    ) -> Result<(), StoreError> {
        write_marks(tx, marked, mark).await?;
        if self.options.clear_states_on_success && mark.state == TaskInstanceState::Success {
            clear_states(tx, marked.iter().map(|task| &task.key)).await?;
        }
        Ok(())
    }

    async fn mark_in(
        &self,
        tx: &mut Tx,
        choice: &TaskChoice<'_>,
        mark: Mark<'_>,
    ) -> Result<(Vec<ChosenTask>, Vec<ChosenTask>), MarkError> {
        let runs = self.choosable_runs(tx, choice).await?;
        let mut marked = self.choose(tx, &runs, choice, Purpose::Mark).await?;
        marked.retain(|task| task.state != Some(mark.state));
        let after = TaskChoice {
            reach: Reach {
                upstream: false,
                downstream: true,
            },
            states: StateChoice::Failed,
            ..*choice
        };
        let mut cleared = self.choose(tx, &runs, &after, Purpose::Mark).await?;
        let named = TaskChoice {
            reach: Reach::default(),
            ..*choice
        };
        let named = self.choose(tx, &runs, &named, Purpose::Mark).await?;
        let stays: BTreeSet<&TaskKey> = marked.iter().chain(&named).map(|task| &task.key).collect();
        cleared.retain(|task| !stays.contains(&task.key));
        let rows = read(tx, &marked.iter().map(|task| &task.key).collect()).await?;
        self.write_and_clear(tx, &rows, mark).await?;
        let keys: Vec<TaskKey> = cleared.iter().map(|task| task.key.clone()).collect();
        self.clear_in(tx, &keys, &[], mark.now).await?;
        Ok((marked, cleared))
    }

    /// Ends the attempt of a task that is queued or running, or the wait of one that is deferred, and fails the task without a further try; `outcome` says why.
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
            if marked.attempt.is_none() && marked.from != Some(TaskInstanceState::Deferred) {
                return Err(KillError::NotRunning {
                    key: key.clone(),
                    state: marked.from,
                });
            }
            let before = json!({ "state": marked.from.map(TaskInstanceState::as_str) });
            let note = Note::of_task(key).changing(before, json!({ "state": mark.state.as_str() }));
            self.note(&mut tx, note).await?;
            let marked = [marked];
            write_marks(&mut tx, &marked, mark).await?;
            self.commit_with_changes(tx, runs_of(&marked)).await?;
            let [marked] = marked;
            Ok(marked)
        })
        .await
    }
}

/// Whatever a task is doing, the model says whether a state can be set at all.
fn must_be_settable(state: TaskInstanceState) -> Result<(), MarkError> {
    match transition(None, TaskEvent::Mark(state)) {
        Ok(_) => Ok(()),
        Err(_) => Err(MarkError::NotSettable { state }),
    }
}

fn runs_of(marked: &[Marked]) -> BTreeSet<Change> {
    marked
        .iter()
        .map(|task| Change::Run(task.key.run_key()))
        .collect()
}

/// Writes the state of tasks, and the end of the attempts of those that have one.
pub(crate) async fn write_marks(tx: &mut Tx, marked: &[Marked], mark: Mark<'_>) -> Result<(), StoreError> {
    if marked.is_empty() {
        return Ok(());
    }
    let Mark { state, outcome, now } = mark;
    let ended = marked.iter().filter(|task| task.attempt.is_some());
    let ended: Vec<&TaskKey> = ended.map(|task| &task.key).collect();
    record_given_up(tx, &ended, state, (outcome, now)).await?;
    let query = MARK.bind(state.as_str()).bind(now).bind(storable(outcome));
    let rows = marked.iter().map(|task| task_row!(task.key));
    expect_rows(tx, query.rows(rows), marked.len()).await
}

/// Puts the live attempts of tasks into the history, ended with that state, for that reason and at that time.
pub(crate) async fn record_given_up(
    tx: &mut Tx,
    tasks: &[&TaskKey],
    state: TaskInstanceState,
    (outcome, now): (&str, Timestamp),
) -> Result<(), StoreError> {
    if tasks.is_empty() {
        return Ok(());
    }
    let query = RECORD_ENDS.bind(state.as_str()).bind(now).bind(storable(outcome));
    let rows = tasks.iter().map(|key| task_row!(key));
    expect_rows(tx, query.rows(rows), tasks.len()).await
}

/// The tasks that can be marked, by key.
pub(crate) async fn read(tx: &mut Tx, tasks: &BTreeSet<&TaskKey>) -> Result<Vec<Marked>, StoreError> {
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
