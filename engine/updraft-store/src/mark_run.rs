//! Marking whole runs: success, failed, or queued again.

use jiff::Timestamp;
use serde_json::json;
use updraft_model::{DagRunState, DagSpec, RunEvent, RunKey, TaskInstanceState, TaskKey, transition_run};
use updraft_sql::{Conflict, Sql, Tx, retry_conflicts, statements};

use crate::attempts::expect_rows;
use crate::author::Note;
use crate::changes::Change;
use crate::choose::Effect;
use crate::error::{StoreError, from_sql};
use crate::mark::{Mark, Marked, read, write_marks};
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // PostgreSQL has several writers at a time; SQLite's transaction is the only one.
    RUN = Sql::per_backend(
        "SELECT dag_id, run_id, version_id, state FROM dag_run WHERE dag_id = $1 AND run_id = $2 FOR UPDATE",
        "SELECT dag_id, run_id, version_id, state FROM dag_run WHERE dag_id = $1 AND run_id = $2",
    );
    TASKS = Sql::new(
        "SELECT dag_id, run_id, task_id, map_index FROM task_instance WHERE dag_id = $1 AND run_id = $2",
    );
    // One that is queued again begins anew, as after a clear: its next end is another event.
    SET = Sql::new(
        "UPDATE dag_run SET state = $3, clear_number = clear_number + CASE WHEN $3 = 'queued' THEN 1 ELSE 0 END, \
                queued_at = CASE WHEN $3 = 'queued' THEN $4 ELSE queued_at END, \
                start_date = CASE WHEN $3 = 'queued' THEN NULL ELSE start_date END, \
                end_date = CASE WHEN $3 = 'queued' THEN NULL ELSE $4 END \
         WHERE dag_id = $1 AND run_id = $2",
    );
}

/// What a run is marked with.
#[derive(Debug, Clone, Copy)]
pub struct RunMark<'a> {
    /// The state: success, failed or queued.
    pub state: DagRunState,
    /// Why, in words; its tasks are told.
    pub outcome: &'a str,
    /// When.
    pub now: Timestamp,
}

/// What marking a run did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedRun {
    /// The state it had.
    pub from: DagRunState,
    /// The state it has now. A run that is marked failed runs on as long as its teardowns do, and fails then.
    pub to: DagRunState,
    /// Its tasks that have another state now, by key, with that state.
    pub tasks: Vec<(TaskKey, TaskInstanceState)>,
}

/// Why a run was not marked.
#[derive(Debug, thiserror::Error)]
pub enum MarkRunError {
    /// There is no such run. Final.
    #[error("there is no run `{key}`")]
    UnknownRun {
        /// The run.
        key: RunKey,
    },
    /// That state cannot be set by hand. Final.
    #[error("runs cannot be marked `{state}`, only `success`, `failed` and `queued`")]
    NotSettable {
        /// The state.
        state: DagRunState,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(MarkRunError);

impl Conflict for MarkRunError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

/// What becomes of the tasks of a run.
#[derive(Default)]
struct Fates {
    success: Vec<Marked>,
    failed: Vec<Marked>,
    skipped: Vec<Marked>,
    /// A teardown has still to run.
    goes_on: bool,
}

impl Store {
    /// Sets the state of a run, whatever it is doing.
    ///
    /// - `success`: all its tasks succeed with it.
    /// - `failed`: what runs fails, what waits is skipped. Teardowns that have not ended run first, and the run fails after
    ///   them; if nothing but teardowns is left, they are ended too.
    /// - `queued`: it starts again, with its tasks as they are.
    ///
    /// Tasks that run are killed. Source: `airflow/api/common/mark_tasks.py` of Airflow 2.11, where a run with unfinished
    /// teardowns may yet succeed.
    ///
    /// # Errors
    /// [`MarkRunError`]; nothing was changed then.
    pub async fn mark_run(
        &self,
        key: &RunKey,
        mark: RunMark<'_>,
        effect: Effect,
    ) -> Result<MarkedRun, MarkRunError> {
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let marked = self.mark_run_in(&mut tx, key, mark).await?;
            match effect {
                Effect::DryRun => tx.rollback().await?,
                Effect::Lasting => {
                    let note = Note::of_run(key).telling(json!({ "state": mark.state.as_str() }));
                    let (before, after) = (marked.from.as_str(), marked.to.as_str());
                    let note = note.changing(json!({ "state": before }), json!({ "state": after }));
                    self.note(&mut tx, note).await?;
                    self.commit_with_changes(tx, [Change::of_run(key)]).await?;
                }
            }
            Ok(marked)
        })
        .await
    }

    async fn mark_run_in(
        &self,
        tx: &mut Tx,
        key: &RunKey,
        mark: RunMark<'_>,
    ) -> Result<MarkedRun, MarkRunError> {
        let (dag_id, run_id) = (key.dag_id.as_str(), key.run_id.as_str());
        let Some(row) = tx.fetch_optional(RUN.bind(dag_id).bind(run_id)).await? else {
            return Err(MarkRunError::UnknownRun { key: key.clone() });
        };
        let row = TableRow {
            table: "dag_run",
            row: &row,
        };
        let (version, from): (_, DagRunState) =
            (row.version().map_err(StoreError::from)?, row.parsed("state")?);
        let state = mark.state;
        let to =
            transition_run(from, RunEvent::Mark(state)).map_err(|_| MarkRunError::NotSettable { state })?;
        let specs = self.specs(tx, [version].into()).await?;
        let tasks = all_tasks(tx, key).await?;
        let fates = match to {
            DagRunState::Success => all_succeed(tasks),
            DagRunState::Failed => all_end(tasks, specs.get(&version).map(AsRef::as_ref)),
            DagRunState::Queued | DagRunState::Running => Fates::default(),
        };
        let goes_on = fates.goes_on;
        let tasks = write(tx, fates, mark).await?;
        if goes_on {
            return Ok(MarkedRun {
                from,
                to: from,
                tasks,
            });
        }
        let query = SET.bind(dag_id).bind(run_id).bind(to.as_str()).bind(mark.now);
        expect_rows(tx, query, 1).await?;
        Ok(MarkedRun { from, to, tasks })
    }
}

/// Every task of a run that can be marked.
async fn all_tasks(tx: &mut Tx, key: &RunKey) -> Result<Vec<Marked>, StoreError> {
    let query = TASKS.bind(key.dag_id.as_str()).bind(key.run_id.as_str());
    let mut keys = Vec::new();
    for row in tx.fetch_all(query).await? {
        let row = TableRow {
            table: "task_instance",
            row: &row,
        };
        keys.push(row.task_key()?);
    }
    read(tx, &keys.iter().collect()).await
}

fn all_succeed(tasks: Vec<Marked>) -> Fates {
    let is_other = |task: &Marked| task.from != Some(TaskInstanceState::Success);
    Fates {
        success: tasks.into_iter().filter(is_other).collect(),
        ..Fates::default()
    }
}

fn all_end(tasks: Vec<Marked>, spec: Option<&DagSpec>) -> Fates {
    use TaskInstanceState::{Deferred, UpForReschedule};

    let is_teardown = |task: &Marked| {
        let task = spec.and_then(|spec| spec.task(&task.key.task_id));
        task.is_some_and(|task| task.is_teardown)
    };
    let is_open = |task: &Marked| !task.from.is_some_and(TaskInstanceState::is_finished);
    let open = tasks.into_iter().filter(is_open);
    let (teardowns, work): (Vec<Marked>, Vec<Marked>) = open.partition(is_teardown);
    let goes_on = !teardowns.is_empty() && !work.is_empty();
    let ends: Vec<Marked> = if goes_on {
        work
    } else {
        work.into_iter().chain(teardowns).collect()
    };
    // What waits would only be skipped, and the run not fail after its teardowns.
    let must_fail = |task: &Marked| {
        goes_on || task.attempt.is_some() || matches!(task.from, Some(Deferred | UpForReschedule))
    };
    let (failed, skipped) = ends.into_iter().partition(must_fail);
    Fates {
        failed,
        skipped,
        goes_on,
        ..Fates::default()
    }
}

async fn write(
    tx: &mut Tx,
    fates: Fates,
    mark: RunMark<'_>,
) -> Result<Vec<(TaskKey, TaskInstanceState)>, StoreError> {
    use TaskInstanceState::{Failed, Skipped, Success};

    let mut written = Vec::new();
    for (state, tasks) in [
        (Success, fates.success),
        (Failed, fates.failed),
        (Skipped, fates.skipped),
    ] {
        let of_tasks = Mark {
            state,
            outcome: mark.outcome,
            now: mark.now,
        };
        write_marks(tx, &tasks, of_tasks).await?;
        written.extend(tasks.into_iter().map(|task| (task.key, state)));
    }
    written.sort();
    Ok(written)
}
