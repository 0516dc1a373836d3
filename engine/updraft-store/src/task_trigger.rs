//! Runs that tasks ask for.
//!
//! An ask names its attempt, counts only while that is live, and can be repeated: the run remembers who has asked for it, in
//! the transaction that makes or clears it.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value};
use updraft_model::{AttemptId, DagId, NoMatchingDate, RunId, RunKey, TaskKey};
use updraft_sql::{Conflict, Sql, Tx, retry_conflicts, statements};
use uuid::Uuid;

use crate::changes::Change;
use crate::error::{StoreError, from_sql};
use crate::store::Store;
use crate::table::{TableRow, storable};
use crate::trigger::{Trigger, TriggerError};

/// How many times a run without a date is moved to the next microsecond, since it must have one and that is taken.
const MOVES_MAX: usize = 1000;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // On PostgreSQL the attempt must not end before the run is there; SQLite's transaction is the only one.
    LIVE_ATTEMPT = Sql::per_backend(
        "SELECT dag_id FROM task_instance WHERE attempt_id = $1 AND state = 'running' FOR SHARE",
        "SELECT dag_id FROM task_instance WHERE attempt_id = $1 AND state = 'running'",
    );
    LIVE_DELIVERY = Sql::new(
        "SELECT dag_id FROM callback WHERE state IN ('queued', 'running') AND state = 'running' AND delivery_id = $1",
    );
    EXISTING = Sql::per_backend(
        "SELECT dag_id, run_id, asked_by FROM dag_run WHERE dag_id = $1 AND run_id = $2 FOR UPDATE",
        "SELECT dag_id, run_id, asked_by FROM dag_run WHERE dag_id = $1 AND run_id = $2",
    );
    TASKS = Sql::new(
        "SELECT dag_id, run_id, task_id, map_index FROM task_instance WHERE dag_id = $1 AND run_id = $2",
    );
    SIGN = Sql::new(
        "UPDATE dag_run SET asked_by = $3, note = coalesce($4, note) WHERE dag_id = $1 AND run_id = $2",
    );
}

/// A run that a task asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskTrigger {
    /// The attempt, or the delivery of callbacks, that asks.
    pub attempt: AttemptId,
    /// The DAG.
    pub dag_id: DagId,
    /// The name of the run.
    pub run_id: RunId,
    /// The date it is about. At compat level 2 it is the present if none is given.
    pub logical_date: Option<Timestamp>,
    /// It must not start earlier; as soon as possible if none is given.
    pub run_after: Option<Timestamp>,
    /// What its tasks are told.
    pub conf: Map<String, Value>,
    /// Whether a run of that name that exists is cleared, so that it runs again.
    pub reset: bool,
    /// A remark for people.
    pub note: Option<String>,
}

/// Why there is no such run.
#[derive(Debug, thiserror::Error)]
pub enum TaskTriggerError {
    /// The attempt that asks has ended, or was replaced. Final.
    #[error("attempt `{attempt}` is not live any more")]
    NotLive {
        /// The attempt.
        attempt: AttemptId,
    },
    /// The DAG's timetable has no data interval for the date. Final.
    #[error(transparent)]
    Date(#[from] NoMatchingDate),
    /// As for everybody who asks for a run.
    #[error(transparent)]
    Trigger(#[from] TriggerError),
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(TaskTriggerError);

impl Conflict for TaskTriggerError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::Trigger(error) => error.is_conflict(),
            Self::Store(error) => error.is_conflict(),
            Self::NotLive { .. } | Self::Date(_) => false,
        }
    }
}

impl Store {
    /// Makes a run for a task, or clears the one that there is; see [`Store::trigger_run`]. Nothing happens if the same attempt
    /// has done that before.
    ///
    /// # Errors
    /// [`TaskTriggerError`]; nothing was changed then.
    pub async fn trigger_run_for_task(
        &self,
        wanted: &TaskTrigger,
        now: Timestamp,
    ) -> Result<RunKey, TaskTriggerError> {
        let mut at = now;
        for _ in 0..MOVES_MAX {
            match self.trigger_at(wanted, at, now).await {
                Err(TaskTriggerError::Trigger(TriggerError::DateTaken { .. }))
                    if wanted.logical_date.is_none() =>
                {
                    at = at.checked_add(1.microsecond()).unwrap_or(at);
                }
                done => return done,
            }
        }
        self.trigger_at(wanted, at, now).await
    }

    async fn trigger_at(
        &self,
        wanted: &TaskTrigger,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<RunKey, TaskTriggerError> {
        match retry_conflicts(|| self.try_trigger_for_task(wanted, at, now)).await {
            Err(TaskTriggerError::Trigger(TriggerError::Store(StoreError::Sql(error))))
                if error.is_duplicate() =>
            {
                let (key, date) = (wanted.run_key(), wanted.logical_date.unwrap_or(at));
                let in_the_way = self.what_is_in_the_way(&key, Some(date)).await?;
                Err(in_the_way.unwrap_or(TriggerError::Store(error.into())).into())
            }
            done => done,
        }
    }

    async fn try_trigger_for_task(
        &self,
        wanted: &TaskTrigger,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<RunKey, TaskTriggerError> {
        let mut tx = self.db.begin().await?;
        if !is_live(&mut tx, wanted.attempt).await? {
            let attempt = wanted.attempt;
            return Err(TaskTriggerError::NotLive { attempt });
        }
        let key = wanted.run_key();
        match existing(&mut tx, &key).await? {
            Some(asked_by) if asked_by == Some(wanted.attempt) => {
                tx.rollback().await?;
                return Ok(key);
            }
            Some(_) if !wanted.reset => {
                let RunKey { dag_id, run_id } = key;
                return Err(TriggerError::RunExists { dag_id, run_id }.into());
            }
            Some(_) => {
                let tasks = tasks_of(&mut tx, &key).await?;
                self.clear_in(&mut tx, &tasks, std::slice::from_ref(&key), now)
                    .await?;
            }
            None => self.make_run_for_task(&mut tx, wanted, at, now).await?,
        }
        let sign = SIGN.bind(key.dag_id.as_str()).bind(key.run_id.as_str());
        let note = wanted.note.as_deref().map(storable);
        tx.execute(sign.bind(wanted.attempt.0).bind(note)).await?;
        self.commit_with_changes(tx, [Change::of_run(&key)]).await?;
        Ok(key)
    }

    async fn make_run_for_task(
        &self,
        tx: &mut Tx,
        wanted: &TaskTrigger,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<(), TaskTriggerError> {
        let dag = self.dag_to_trigger(tx, &wanted.dag_id).await?;
        let valid = Arc::clone(&dag.spec).validate().map_err(TriggerError::Dag)?;
        let run = valid.manual_run(wanted.logical_date, at)?;
        let trigger = Trigger {
            dag_id: wanted.dag_id.clone(),
            run_id: wanted.run_id.clone(),
            run_type: dag.spec.compat.type_of_runs_for_tasks(),
            logical_date: run.logical_date,
            data_interval: run.data_interval,
            run_after: wanted.run_after.unwrap_or(run.run_after),
            conf: wanted.conf.clone(),
            triggered_by: None,
        };
        Ok(self.insert_triggered(tx, &dag, &trigger, now).await?)
    }
}

impl TaskTrigger {
    fn run_key(&self) -> RunKey {
        RunKey {
            dag_id: self.dag_id.clone(),
            run_id: self.run_id.clone(),
        }
    }
}

async fn is_live(tx: &mut Tx, attempt: AttemptId) -> Result<bool, StoreError> {
    let of_task = tx.fetch_optional(LIVE_ATTEMPT.bind(attempt.0)).await?;
    Ok(of_task.is_some() || tx.fetch_optional(LIVE_DELIVERY.bind(attempt.0)).await?.is_some())
}

/// Who has asked for a run, if there is one.
async fn existing(tx: &mut Tx, key: &RunKey) -> Result<Option<Option<AttemptId>>, StoreError> {
    let query = EXISTING.bind(key.dag_id.as_str()).bind(key.run_id.as_str());
    let Some(row) = tx.fetch_optional(query).await? else {
        return Ok(None);
    };
    Ok(Some(row.get::<Option<Uuid>>("asked_by")?.map(AttemptId)))
}

/// The rows of all tasks of a run.
async fn tasks_of(tx: &mut Tx, key: &RunKey) -> Result<Vec<TaskKey>, StoreError> {
    let query = TASKS.bind(key.dag_id.as_str()).bind(key.run_id.as_str());
    let rows = tx.fetch_all(query).await?;
    let keys = rows.iter().map(|row| {
        TableRow {
            table: "task_instance",
            row,
        }
        .task_key()
    });
    keys.collect()
}
