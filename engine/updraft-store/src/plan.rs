//! What a scheduler decided, written in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{
    AttemptId, BackfillId, BackfillPlace, DagId, DagRunState, DagVersionId, DataInterval, MapIndex, RunId,
    RunInfo, RunKey, RunType, TaskId, TaskInstanceState, TaskKey, WaitEnd,
};
use updraft_sql::{ColumnType, Conflict, Query, Sql, SqlError, Tx, retry_conflicts, row, statements};

use crate::asset_queue::{ConsumedAssets, consume, note_dates};
use crate::attempts::{record_ends, xcoms_deleted};
use crate::callbacks::{NewCallback, insert_callbacks};
use crate::copies::{make_rows, resize};
use crate::deadlines::{self, DeadlineEnd, NewDeadline};
use crate::error::{StoreError, from_sql};
use crate::lease::{self, Lease};
use crate::store::Store;
use crate::table::{TableRow, state_text, storable, task_row};
use crate::waits::wait_end_text;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    INSERT_RUNS = Sql::new(
        "INSERT INTO dag_run (dag_id, run_id, version_id, state, run_type, logical_date, data_interval_start, \
                              data_interval_end, run_after, conf, queued_at, triggered_by, backfill_id, backfill_place) \
         SELECT dag_id, run_id, version_id, 'queued', run_type, logical_date, data_interval_start, \
                data_interval_end, run_after, conf, queued_at, triggered_by, backfill_id, backfill_place \
         FROM {batch}",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("version_id", ColumnType::Uuid),
        ("run_type", ColumnType::Text),
        ("logical_date", ColumnType::I64),
        ("data_interval_start", ColumnType::I64),
        ("data_interval_end", ColumnType::I64),
        ("run_after", ColumnType::I64),
        ("conf", ColumnType::Text),
        ("queued_at", ColumnType::I64),
        ("triggered_by", ColumnType::Text),
        ("backfill_id", ColumnType::I64),
        ("backfill_place", ColumnType::I64),
    ]);
    INSERT_TASKS = Sql::new(
        "INSERT INTO task_instance (dag_id, run_id, task_id, map_index, operator, max_tries, mapped_length) \
         SELECT dag_id, run_id, task_id, map_index, operator, max_tries, mapped_length FROM {batch}",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("operator", ColumnType::Text),
        ("max_tries", ColumnType::I64),
        ("mapped_length", ColumnType::I64),
    ]);
    ADVANCE_DAGS = Sql::new(
        "UPDATE dag SET last_interval_start = batch.last_start, last_interval_end = batch.last_end, \
                        next_logical_date = batch.next_logical_date, next_run_after = batch.next_run_after \
         FROM {batch} \
         WHERE dag.dag_id = batch.dag_id",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("last_start", ColumnType::I64),
        ("last_end", ColumnType::I64),
        ("next_logical_date", ColumnType::I64),
        ("next_run_after", ColumnType::I64),
    ]);
    SET_RUNS = Sql::new(
        "UPDATE dag_run SET state = batch.to_state, start_date = coalesce(batch.start_date, dag_run.start_date), \
                            end_date = batch.end_date \
         FROM {batch} \
         WHERE dag_run.dag_id = batch.dag_id AND dag_run.run_id = batch.run_id AND dag_run.state = batch.from_state \
           AND dag_run.clear_number = batch.clear_number",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("from_state", ColumnType::Text),
        ("clear_number", ColumnType::I64),
        ("to_state", ColumnType::Text),
        ("start_date", ColumnType::I64),
        ("end_date", ColumnType::I64),
    ]);
    SET_TASKS = Sql::new(
        "UPDATE task_instance AS t \
         SET state = batch.to_state, next_try_at = NULL, \
             scheduled_at = coalesce(batch.scheduled_at, t.scheduled_at), \
             start_date = CASE WHEN batch.end_date IS NULL THEN t.start_date \
                               ELSE coalesce(t.start_date, batch.end_date) END, \
             end_date = coalesce(batch.end_date, t.end_date) \
         FROM {batch} \
         WHERE t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
           AND t.map_index = batch.map_index AND t.state IS NOT DISTINCT FROM batch.from_state",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("from_state", ColumnType::Text),
        ("to_state", ColumnType::Text),
        ("end_date", ColumnType::I64),
        ("scheduled_at", ColumnType::I64),
    ]);
    QUEUE_TASKS = Sql::new(
        "UPDATE task_instance AS t \
         SET state = 'queued', attempt_id = batch.attempt_id, try_number = batch.try_number, \
             priority_weight = batch.priority_weight, queued_at = batch.queued_at, next_try_at = NULL, \
             start_date = NULL, end_date = NULL, hostname = NULL, unixname = NULL, pid = NULL, heartbeat_at = NULL, \
             progress = NULL, outcome = NULL, rendered_map_index = NULL \
         FROM {batch} \
         WHERE t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
           AND t.map_index = batch.map_index AND t.state IS NOT DISTINCT FROM batch.from_state",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("from_state", ColumnType::Text),
        ("attempt_id", ColumnType::Uuid),
        ("try_number", ColumnType::I64),
        ("priority_weight", ColumnType::I64),
        ("queued_at", ColumnType::I64),
    ]);
    ABANDON_TASKS = Sql::new(
        "UPDATE task_instance AS t \
         SET state = batch.to_state, next_try_at = NULL, lost_in_row = 0, \
             start_date = coalesce(t.start_date, batch.end_date), end_date = batch.end_date, outcome = batch.outcome \
         FROM {batch} \
         WHERE t.attempt_id = batch.attempt_id AND t.state = batch.from_state",
    )
    .batch(&[
        ("attempt_id", ColumnType::Uuid),
        ("from_state", ColumnType::Text),
        ("to_state", ColumnType::Text),
        ("end_date", ColumnType::I64),
        ("outcome", ColumnType::Text),
    ]);
    RESUME_TASKS = Sql::new(
        "UPDATE task_instance AS t \
         SET state = 'scheduled', scheduled_at = batch.scheduled_at, wait_end = batch.wait_end \
         FROM {batch} \
         WHERE t.attempt_id = batch.attempt_id AND t.state = 'deferred'",
    )
    .batch(&[
        ("attempt_id", ColumnType::Uuid),
        ("scheduled_at", ColumnType::I64),
        ("wait_end", ColumnType::Text),
    ]);
    SET_RETRY_TIMES = Sql::new(
        "UPDATE task_instance AS t SET next_try_at = batch.next_try_at \
         FROM {batch} \
         WHERE t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
           AND t.map_index = batch.map_index AND t.state IN ('up_for_retry', 'up_for_reschedule')",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("next_try_at", ColumnType::I64),
    ]);
    COMPLETE_BACKFILLS = Sql::new(
        "UPDATE backfill AS b SET state = 'completed', updated_at = batch.completed_at, completed_at = batch.completed_at \
         FROM {batch} \
         WHERE b.backfill_id = batch.backfill_id AND b.state IN ('active', 'paused') \
           AND NOT EXISTS (SELECT r.run_id FROM dag_run r \
                           WHERE r.backfill_id = b.backfill_id AND r.state IN ('queued', 'running'))",
    )
    .batch(&[("backfill_id", ColumnType::I64), ("completed_at", ColumnType::I64)]);
    TAKEN_RUNS = Sql::new(
        "SELECT batch.dag_id, batch.run_id \
         FROM {batch} \
         JOIN dag_run r ON r.dag_id = batch.dag_id AND (r.run_id = batch.run_id OR r.logical_date = batch.logical_date)",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text), ("logical_date", ColumnType::I64)]);
}

/// What one planning decided. Each kind is one statement, in the order of the fields; a state that is not the one a change
/// starts from refuses the whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlanCommit {
    /// Runs to be made, queued.
    pub new_runs: Vec<NewRun>,
    /// Timetables that moved on.
    pub advanced: Vec<AdvancedDag>,
    /// Asset events that runs to be made consume.
    pub consumed: Vec<ConsumedAssets>,
    /// Runs that start or finish.
    pub run_states: Vec<RunChange>,
    /// Backfills that are complete with that.
    pub completed_backfills: Vec<CompletedBackfill>,
    /// Mapped tasks that have another number of copies from now on. After that, and before anything else happens to them,
    /// copies that the rest of the plan names get rows of their own.
    pub expansions: Vec<Expansion>,
    /// Deferred tasks whose wait has ended.
    pub resumed: Vec<ResumedTask>,
    /// Tasks that change state without an attempt.
    pub task_states: Vec<TaskChange>,
    /// Tasks whose live attempt is given up.
    pub abandoned: Vec<AbandonedTask>,
    /// Tasks that get an attempt.
    pub queued: Vec<QueuedTask>,
    /// When tasks may be tried again.
    pub retries: Vec<RetryTime>,
    /// Deadlines that runs have from now on.
    pub new_deadlines: Vec<NewDeadline>,
    /// Deadlines that are met or missed with that.
    pub ended_deadlines: Vec<DeadlineEnd>,
    /// Events of runs that callbacks are to be called for.
    pub callbacks: Vec<NewCallback>,
}

/// A run to be made, queued, with all its tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// Which run of which DAG.
    pub key: RunKey,
    /// The version of the DAG it runs.
    pub version: DagVersionId,
    /// Why it exists.
    pub run_type: RunType,
    /// The date it is about, if there is one; the DAG has no other run with it.
    pub logical_date: Option<Timestamp>,
    /// The span of data it is about.
    pub data_interval: Option<DataInterval>,
    /// It must not start earlier.
    pub run_after: Timestamp,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// What it is triggered with.
    pub conf: Map<String, Value>,
    /// Who triggered it by hand.
    pub triggered_by: Option<String>,
    /// Its place in a backfill.
    pub backfill: Option<BackfillPlace>,
    /// Its tasks, without a state.
    pub tasks: Vec<NewTask>,
}

/// A task of a run to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// Which task.
    pub task_id: TaskId,
    /// Which copy of it.
    pub map_index: MapIndex,
    /// The class or kind of task that people see.
    pub operator: String,
    /// It is retried as long as its try number is not more: its retries.
    pub max_tries: u32,
    /// Of a mapped task: how many copies it has, if that is known from the start.
    pub mapped_length: Option<u32>,
}

/// A mapped task that has another number of copies from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// The task, with map index -1.
    pub key: TaskKey,
    /// How many copies there are; `None`: its row is about the task itself.
    pub length: Option<u32>,
}

/// A timetable that moved on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvancedDag {
    /// The DAG.
    pub dag_id: DagId,
    /// The data interval of its newest scheduled run.
    pub last: DataInterval,
    /// The scheduled run after that; `None` if there is none.
    pub next: Option<RunInfo>,
}

/// A run that starts or finishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunChange {
    /// The run.
    pub key: RunKey,
    /// The state it must have.
    pub from: DagRunState,
    /// How often it must have been cleared: a clear that the plan does not know of leaves tasks to run.
    pub clear_number: u32,
    /// The state it gets.
    pub to: DagRunState,
    /// When: the start date of a run that starts, the end date of one that finishes.
    pub at: Timestamp,
}

/// A backfill of which no run is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompletedBackfill {
    /// The backfill.
    pub id: BackfillId,
    /// When.
    pub at: Timestamp,
}

/// A task that changes state without an attempt. Of a mapped task with copies, map index -1 is all copies without a row of
/// their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskChange {
    /// The task.
    pub key: TaskKey,
    /// The state it must have.
    pub from: Option<TaskInstanceState>,
    /// The state it gets.
    pub to: Option<TaskInstanceState>,
    /// When: the end date, if the new state is a finished one.
    pub at: Timestamp,
}

/// A task whose live attempt is given up: the attempt goes into the history and may not write any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbandonedTask {
    /// The task.
    pub key: TaskKey,
    /// Its attempt, which must be the live one.
    pub attempt: AttemptId,
    /// The state it must have: queued, running or restarting.
    pub from: TaskInstanceState,
    /// The state it gets: skipped, failed or removed; the attempt has the same in the history, failed where it is removed.
    pub to: TaskInstanceState,
    /// Why, in words.
    pub outcome: String,
    /// When.
    pub at: Timestamp,
}

/// A task that gets an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedTask {
    /// The task.
    pub key: TaskKey,
    /// The state it must have.
    pub from: Option<TaskInstanceState>,
    /// The new attempt; never used before.
    pub attempt: AttemptId,
    /// The number of the try, from 1.
    pub try_number: u32,
    /// Higher goes first.
    pub priority_weight: i64,
    /// When.
    pub at: Timestamp,
}

/// A deferred task whose wait has ended: it is scheduled again, and its next attempt goes on with that end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumedTask {
    /// The task.
    pub key: TaskKey,
    /// Its wait, which must be the one that it has.
    pub wait: AttemptId,
    /// How it ended.
    pub end: WaitEnd,
    /// When.
    pub at: Timestamp,
}

/// When a task that waits for it may be tried again. Does nothing to a task in another state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryTime {
    /// The task.
    pub key: TaskKey,
    /// The earliest time of the next try.
    pub next_try_at: Timestamp,
}

/// Why a plan was not committed. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Another scheduler has taken over: this one must stop.
    #[error("the lease was taken over by another scheduler")]
    LeaseLost,
    /// Something is not as the plan takes for granted: read the picture again and plan anew.
    #[error("{what} changed since the picture was read")]
    Conflict {
        /// What, in the plural.
        what: &'static str,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(CommitError);

impl Conflict for CommitError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::LeaseLost | Self::Conflict { .. } => false,
            Self::Store(error) => error.is_conflict(),
        }
    }
}

impl Store {
    /// Writes everything that a plan decided, in one transaction, if the lease still counts and every changed row is as the
    /// plan takes for granted.
    ///
    /// A run that somebody else made for the same date is passed over: the other new runs of its DAG are made and the
    /// timetable moves on, or the run that assets cause gets a later date; the rest is a [`CommitError::Conflict`].
    ///
    /// # Errors
    /// [`CommitError`]; nothing of the plan was written then.
    pub async fn commit_plan(&self, lease: &Lease, plan: &PlanCommit) -> Result<(), CommitError> {
        match retry_conflicts(|| self.try_commit(lease, plan)).await {
            Err(CommitError::Store(StoreError::Sql(error))) if error.is_duplicate() => {
                self.pass_over_taken_runs(lease, plan).await?;
                Err(CommitError::Conflict { what: "runs" })
            }
            result => result,
        }
    }

    async fn try_commit(&self, lease: &Lease, plan: &PlanCommit) -> Result<(), CommitError> {
        let mut tx = self.db.begin().await?;
        if !lease::is_valid(&mut tx, lease).await? {
            return Err(CommitError::LeaseLost);
        }
        insert_runs(&mut tx, &plan.new_runs).await?;
        advance(&mut tx, &plan.advanced).await?;
        consume(&mut tx, &plan.consumed).await?;
        set_runs(&mut tx, &plan.run_states).await?;
        let rows = plan
            .completed_backfills
            .iter()
            .map(|done| row![done.id.0, done.at]);
        let completed = COMPLETE_BACKFILLS.rows(rows);
        execute_all(&mut tx, completed, plan.completed_backfills.len(), "backfills").await?;
        resize(&mut tx, &plan.expansions).await?;
        let changed = plan.task_states.iter().map(|change| &change.key);
        make_rows(&mut tx, changed.chain(plan.queued.iter().map(|task| &task.key))).await?;
        resume_tasks(&mut tx, &plan.resumed).await?;
        set_tasks(&mut tx, &plan.task_states).await?;
        abandon_tasks(&mut tx, &plan.abandoned).await?;
        forget_removed(&mut tx, plan).await?;
        queue_tasks(&mut tx, &plan.queued).await?;
        if !plan.retries.is_empty() {
            let rows = plan
                .retries
                .iter()
                .map(|retry| task_row!(retry.key, retry.next_try_at));
            tx.execute(SET_RETRY_TIMES.rows(rows)).await?;
        }
        deadlines::write(&mut tx, &plan.new_deadlines, &plan.ended_deadlines).await?;
        insert_callbacks(&mut tx, &plan.callbacks).await?;
        Ok(tx.commit().await?)
    }

    /// Moves the timetables on whose runs exist already, so that the next plan does not want to make them again; other runs
    /// that they want are made.
    async fn pass_over_taken_runs(&self, lease: &Lease, plan: &PlanCommit) -> Result<(), CommitError> {
        let mut tx = self.db.begin().await?;
        if !lease::is_valid(&mut tx, lease).await? {
            return Err(CommitError::LeaseLost);
        }
        let rows = plan
            .new_runs
            .iter()
            .map(|run| row![run.key.dag_id.as_str(), run.key.run_id.as_str(), run.logical_date]);
        let mut taken: BTreeMap<DagId, BTreeSet<RunId>> = BTreeMap::new();
        for row in tx.fetch_all(TAKEN_RUNS.rows(rows)).await? {
            let row = TableRow {
                table: "dag_run",
                row: &row,
            };
            taken.entry(row.dag_id()?).or_default().insert(row.run_id()?);
        }
        let consumes = |run: &NewRun| plan.consumed.iter().any(|consumed| consumed.key == run.key);
        let is_free = |run: &&NewRun| {
            let taken = taken.get(&run.key.dag_id);
            taken.is_some_and(|taken| !taken.contains(&run.key.run_id)) && !consumes(run)
        };
        let free: Vec<NewRun> = plan.new_runs.iter().filter(is_free).cloned().collect();
        insert_runs(&mut tx, &free).await?;
        // What assets cause is made all the same, a moment later.
        let dated = plan
            .consumed
            .iter()
            .filter(|run| taken.contains_key(&run.key.dag_id));
        note_dates(&mut tx, dated).await?;
        let advanced = plan.advanced.iter().filter(|dag| taken.contains_key(&dag.dag_id));
        let advanced: Vec<AdvancedDag> = advanced.cloned().collect();
        advance(&mut tx, &advanced).await?;
        Ok(tx.commit().await?)
    }
}

/// Inserts runs with their tasks.
///
/// # Errors
/// [`updraft_sql::SqlErrorKind::Duplicate`] if a DAG has a run of that id or logical date.
pub(crate) async fn insert_runs(tx: &mut Tx, runs: &[NewRun]) -> Result<(), SqlError> {
    if runs.is_empty() {
        return Ok(());
    }
    let rows = runs.iter().map(|run| {
        row![
            run.key.dag_id.as_str(),
            run.key.run_id.as_str(),
            run.version.0,
            run.run_type.as_str(),
            run.logical_date,
            run.data_interval.map(|interval| interval.start),
            run.data_interval.map(|interval| interval.end),
            run.run_after,
            serde_json::to_string(&run.conf).expect("a JSON object has a text"),
            run.queued_at,
            run.triggered_by.as_deref(),
            run.backfill.map(|of| of.id.0),
            run.backfill.map(|of| of.place),
        ]
    });
    tx.execute(INSERT_RUNS.rows(rows)).await?;
    let tasks = runs
        .iter()
        .flat_map(|run| run.tasks.iter().map(|task| (&run.key, task)));
    insert_tasks(tx, tasks).await
}

/// Inserts tasks of runs.
pub(crate) async fn insert_tasks<'a>(
    tx: &mut Tx,
    tasks: impl IntoIterator<Item = (&'a RunKey, &'a NewTask)>,
) -> Result<(), SqlError> {
    let rows = tasks.into_iter().map(|(run, task)| {
        row![
            run.dag_id.as_str(),
            run.run_id.as_str(),
            task.task_id.as_str(),
            task.map_index.0,
            task.operator.as_str(),
            task.max_tries,
            task.mapped_length,
        ]
    });
    tx.execute(INSERT_TASKS.rows(rows)).await?;
    Ok(())
}

async fn advance(tx: &mut Tx, advanced: &[AdvancedDag]) -> Result<(), SqlError> {
    // A DAG that catches up moves on several times in one plan; the last one counts.
    let last: BTreeMap<&DagId, &AdvancedDag> = advanced.iter().map(|dag| (&dag.dag_id, dag)).collect();
    if last.is_empty() {
        return Ok(());
    }
    let rows = last.values().map(|dag| {
        row![
            dag.dag_id.as_str(),
            dag.last.start,
            dag.last.end,
            dag.next.map(|next| next.logical_date),
            dag.next.map(|next| next.run_after),
        ]
    });
    tx.execute(ADVANCE_DAGS.rows(rows)).await?;
    Ok(())
}

/// What becomes of a run in a plan, all its changes taken together.
struct RunPath {
    from: DagRunState,
    clear_number: u32,
    to: DagRunState,
    start_date: Option<Timestamp>,
    end_date: Option<Timestamp>,
}

async fn set_runs(tx: &mut Tx, changes: &[RunChange]) -> Result<(), CommitError> {
    let mut paths: BTreeMap<&RunKey, RunPath> = BTreeMap::new();
    for change in changes {
        let path = paths.entry(&change.key).or_insert(RunPath {
            from: change.from,
            clear_number: change.clear_number,
            to: change.from,
            start_date: None,
            end_date: None,
        });
        if path.to != change.from {
            return Err(CommitError::Conflict { what: "runs" });
        }
        path.to = change.to;
        if change.to == DagRunState::Running {
            path.start_date = Some(change.at);
        }
        path.end_date = change.to.is_finished().then_some(change.at);
    }
    let rows = paths.iter().map(|(key, path)| {
        row![
            key.dag_id.as_str(),
            key.run_id.as_str(),
            path.from.as_str(),
            path.clear_number,
            path.to.as_str(),
            path.start_date,
            path.end_date,
        ]
    });
    execute_all(tx, SET_RUNS.rows(rows), paths.len(), "runs").await
}

async fn set_tasks(tx: &mut Tx, changes: &[TaskChange]) -> Result<(), CommitError> {
    let mut paths: BTreeMap<&TaskKey, (Option<TaskInstanceState>, &TaskChange)> = BTreeMap::new();
    for change in changes {
        let path = paths.entry(&change.key).or_insert((change.from, change));
        if !std::ptr::eq(path.1, change) && path.1.to != change.from {
            return Err(CommitError::Conflict { what: "tasks" });
        }
        path.1 = change;
    }
    let rows = paths.iter().map(|(key, (from, last))| {
        let end_date = last.to.filter(|state| state.is_finished()).map(|_| last.at);
        let scheduled_at = (last.to == Some(TaskInstanceState::Scheduled)).then_some(last.at);
        task_row!(
            key,
            state_text(*from),
            state_text(last.to),
            end_date,
            scheduled_at
        )
    });
    execute_all(tx, SET_TASKS.rows(rows), paths.len(), "tasks").await
}

async fn resume_tasks(tx: &mut Tx, resumed: &[ResumedTask]) -> Result<(), CommitError> {
    let rows = resumed
        .iter()
        .map(|task| row![task.wait.0, task.at, wait_end_text(&task.end)]);
    execute_all(tx, RESUME_TASKS.rows(rows), resumed.len(), "waits").await
}

async fn abandon_tasks(tx: &mut Tx, abandoned: &[AbandonedTask]) -> Result<(), CommitError> {
    let records = abandoned.iter().map(|task| {
        row![
            task.attempt.0,
            ended_as(task.to).as_str(),
            task.at,
            storable(&task.outcome)
        ]
    });
    execute_all(tx, record_ends(records), abandoned.len(), "tasks").await?;
    let rows = abandoned.iter().map(|task| {
        row![
            task.attempt.0,
            task.from.as_str(),
            task.to.as_str(),
            task.at,
            storable(&task.outcome),
        ]
    });
    execute_all(tx, ABANDON_TASKS.rows(rows), abandoned.len(), "tasks").await
}

/// What copies have left that are not mapped any more goes with them.
async fn forget_removed(tx: &mut Tx, plan: &PlanCommit) -> Result<(), SqlError> {
    let removed = Some(TaskInstanceState::Removed);
    let changed = plan.task_states.iter().filter(|change| change.to == removed);
    let given_up = plan.abandoned.iter().filter(|task| Some(task.to) == removed);
    let keys: Vec<&TaskKey> = changed
        .map(|change| &change.key)
        .chain(given_up.map(|task| &task.key))
        .collect();
    if !keys.is_empty() {
        tx.execute(xcoms_deleted(keys)).await?;
    }
    Ok(())
}

/// The state in the history of an attempt that was given up.
fn ended_as(task_state: TaskInstanceState) -> TaskInstanceState {
    if task_state == TaskInstanceState::Removed {
        TaskInstanceState::Failed
    } else {
        task_state
    }
}

async fn queue_tasks(tx: &mut Tx, queued: &[QueuedTask]) -> Result<(), CommitError> {
    let rows = queued.iter().map(|task| {
        let from = state_text(task.from);
        task_row!(
            task.key,
            from,
            task.attempt.0,
            task.try_number,
            task.priority_weight,
            task.at
        )
    });
    execute_all(tx, QUEUE_TASKS.rows(rows), queued.len(), "tasks").await
}

/// Runs a statement of which each batch row must change one row.
pub(crate) async fn execute_all(
    tx: &mut Tx,
    query: Query<'_>,
    rows: usize,
    what: &'static str,
) -> Result<(), CommitError> {
    if rows > 0 && tx.execute(query).await? != rows as u64 {
        return Err(CommitError::Conflict { what });
    }
    Ok(())
}
