//! What attempts report: their start, signs of life, results and end, written in one transaction for many at a time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{AttemptId, OutletEvent, RefEvent, Returned, TaskInstanceState, TaskKey};
use updraft_sql::{ColumnType, Query, Sql, SqlError, Tx, retry_conflicts, row, statements};

use crate::asset_queue::write_events;
use crate::callbacks::{NewCallback, insert_callbacks};
use crate::copies::make_rows;
use crate::error::{StoreError, WriteError};
use crate::lease::{self, Lease};
use crate::state_stores::clear_states;
use crate::store::Store;
use crate::table::{TableRow, state_text, task_row};
use crate::verdict::{Accepted, End, Known, Live, judge};
use crate::waits::NewWait;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // PostgreSQL has several writers at a time; SQLite's transaction is the only one.
    LIVE = Sql::per_backend(
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.attempt_id, t.state, t.try_number, t.hostname, t.pid, \
                t.reschedules \
         FROM {batch} JOIN task_instance t ON t.attempt_id = batch.attempt_id \
         WHERE t.state IN ('queued', 'running', 'restarting') \
         FOR UPDATE OF t",
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.attempt_id, t.state, t.try_number, t.hostname, t.pid, \
                t.reschedules \
         FROM {batch} JOIN task_instance t ON t.attempt_id = batch.attempt_id \
         WHERE t.state IN ('queued', 'running', 'restarting')",
    )
    .batch(&[("attempt_id", ColumnType::Uuid)]);
    ENDED = Sql::new(
        "SELECT h.dag_id, h.run_id, h.task_id, h.attempt_id, h.state AS attempt_state, t.state \
         FROM {batch} \
         JOIN task_instance_history h ON h.attempt_id = batch.attempt_id \
         JOIN task_instance t ON t.dag_id = h.dag_id AND t.run_id = h.run_id AND t.task_id = h.task_id \
                             AND t.map_index = h.map_index",
    )
    .batch(&[("attempt_id", ColumnType::Uuid)]);
    START = Sql::new(
        "UPDATE task_instance AS t \
         SET state = 'running', hostname = batch.hostname, unixname = batch.unixname, pid = batch.pid, \
             start_date = batch.start_date, heartbeat_at = batch.start_date, \
             began_at = CASE WHEN t.reschedules > 0 THEN t.began_at ELSE batch.start_date END, \
             returned_length = CASE WHEN t.reschedules > 0 THEN t.returned_length ELSE NULL END \
         FROM {batch} \
         WHERE t.attempt_id = batch.attempt_id AND t.state = 'queued'",
    )
    .batch(&[
        ("attempt_id", ColumnType::Uuid),
        ("hostname", ColumnType::Text),
        ("unixname", ColumnType::Text),
        ("pid", ColumnType::I64),
        ("start_date", ColumnType::I64),
    ]);
    DELETE_XCOMS_OF_TASKS = Sql::new(
        "DELETE FROM xcom \
         WHERE (dag_id, run_id, task_id, map_index) IN (SELECT dag_id, run_id, task_id, map_index FROM {batch})",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
    ]);
    HEARTBEAT = Sql::new(
        "UPDATE task_instance AS t \
         SET heartbeat_at = batch.heartbeat_at, progress = coalesce(batch.progress, t.progress) \
         FROM {batch} \
         WHERE t.attempt_id = batch.attempt_id AND t.state = 'running'",
    )
    .batch(&[
        ("attempt_id", ColumnType::Uuid),
        ("heartbeat_at", ColumnType::I64),
        ("progress", ColumnType::Text),
    ]);
    SET_XCOMS = Sql::new(
        "INSERT INTO xcom (dag_id, run_id, task_id, map_index, key, value, set_at) \
         SELECT dag_id, run_id, task_id, map_index, key, value, $1 FROM {batch} WHERE TRUE \
         ON CONFLICT (dag_id, run_id, task_id, map_index, key) \
         DO UPDATE SET value = excluded.value, set_at = excluded.set_at",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("key", ColumnType::Text),
        ("value", ColumnType::Text),
    ]);
    DELETE_XCOMS = Sql::new(
        "DELETE FROM xcom \
         WHERE (dag_id, run_id, task_id, map_index, key) \
            IN (SELECT dag_id, run_id, task_id, map_index, key FROM {batch})",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("key", ColumnType::Text),
    ]);
    SET_RETURNED = Sql::new(
        "UPDATE task_instance AS t SET returned_length = batch.returned_length \
         FROM {batch} \
         WHERE t.attempt_id = batch.attempt_id AND t.state = 'running'",
    )
    .batch(&[("attempt_id", ColumnType::Uuid), ("returned_length", ColumnType::I64)]);
    SET_MAP_INDEX = Sql::new(
        "UPDATE task_instance AS t SET rendered_map_index = batch.rendered_map_index \
         FROM {batch} \
         WHERE t.attempt_id = batch.attempt_id AND t.state = 'running'",
    )
    .batch(&[("attempt_id", ColumnType::Uuid), ("rendered_map_index", ColumnType::Text)]);
    SET_RENDERED_FIELDS = Sql::new(
        "INSERT INTO rendered_fields (dag_id, run_id, task_id, map_index, fields) \
         SELECT dag_id, run_id, task_id, map_index, fields FROM {batch} WHERE TRUE \
         ON CONFLICT (dag_id, run_id, task_id, map_index) DO UPDATE SET fields = excluded.fields",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("fields", ColumnType::Text),
    ]);
    // The newest runs of a DAG are found by the index of their order.
    FORGET_RENDERED_FIELDS = Sql::new(
        "DELETE FROM rendered_fields \
         WHERE dag_id = $1 AND task_id = $2 \
           AND run_id NOT IN (SELECT run_id FROM dag_run WHERE dag_id = $1 \
                              ORDER BY coalesce(logical_date, run_after) DESC, run_id DESC LIMIT $3)",
    );
    RECORD_ENDS = Sql::new(
        "INSERT INTO task_instance_history (attempt_id, dag_id, run_id, task_id, map_index, try_number, state, \
                                            queued_at, start_date, end_date, hostname, unixname, pid, outcome) \
         SELECT t.attempt_id, t.dag_id, t.run_id, t.task_id, t.map_index, t.try_number, batch.attempt_state, \
                t.queued_at, t.start_date, batch.end_date, t.hostname, t.unixname, t.pid, batch.outcome \
         FROM {batch} JOIN task_instance t ON t.attempt_id = batch.attempt_id",
    )
    .batch(&[
        ("attempt_id", ColumnType::Uuid),
        ("attempt_state", ColumnType::Text),
        ("end_date", ColumnType::I64),
        ("outcome", ColumnType::Text),
    ]);
    END = Sql::new(
        "UPDATE task_instance AS t \
         SET state = batch.task_state, max_tries = batch.max_tries, lost_in_row = batch.lost_in_row, \
             next_try_at = batch.next_try_at, reschedules = batch.reschedules, end_date = batch.end_date, \
             outcome = batch.outcome, \
             scheduled_at = CASE WHEN batch.task_state = 'scheduled' THEN batch.end_date ELSE t.scheduled_at END, \
             deferral = CASE WHEN batch.task_state = 'scheduled' THEN t.deferral ELSE batch.deferral END, \
             wait_fires_at = batch.wait_fires_at, wait_times_out_at = batch.wait_times_out_at, \
             wait_end = CASE WHEN batch.task_state = 'scheduled' THEN t.wait_end ELSE NULL END, wait_note = NULL \
         FROM {batch} \
         WHERE t.attempt_id = batch.attempt_id AND t.state IN ('queued', 'running', 'restarting')",
    )
    .batch(&[
        ("attempt_id", ColumnType::Uuid),
        ("task_state", ColumnType::Text),
        ("max_tries", ColumnType::I64),
        ("lost_in_row", ColumnType::I64),
        ("next_try_at", ColumnType::I64),
        ("reschedules", ColumnType::I64),
        ("end_date", ColumnType::I64),
        ("outcome", ColumnType::Text),
        ("deferral", ColumnType::Text),
        ("wait_fires_at", ColumnType::I64),
        ("wait_times_out_at", ColumnType::I64),
    ]);
    SKIP_TASKS = Sql::new(
        "UPDATE task_instance AS t \
         SET state = 'skipped', next_try_at = NULL, start_date = coalesce(t.start_date, batch.at), end_date = batch.at \
         FROM {batch} \
         WHERE t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
           AND t.map_index = batch.map_index \
           AND (t.state IS NULL OR t.state IN ('scheduled', 'up_for_retry', 'up_for_reschedule'))",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("at", ColumnType::I64),
    ]);
    SILENT = Sql::new(
        "SELECT dag_id, run_id, task_id, map_index, attempt_id FROM task_instance \
         WHERE state IN ('queued', 'running', 'restarting') \
           AND coalesce(heartbeat_at, start_date, queued_at) < $1 \
         ORDER BY dag_id, run_id, task_id, map_index",
    );
}

/// Something that an attempt reports.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptWrite {
    /// Who reports.
    pub attempt: AttemptId,
    /// What.
    pub kind: AttemptWriteKind,
}

/// What an attempt can report.
#[derive(Debug, Clone, PartialEq)]
pub enum AttemptWriteKind {
    /// A process claims it: queued to running. The `XComs` of earlier tries at the task go.
    Start {
        /// The worker's machine.
        hostname: String,
        /// The user the worker runs as.
        unixname: String,
        /// The worker's process.
        pid: u32,
        /// When.
        at: Timestamp,
    },
    /// It lives.
    Heartbeat {
        /// When.
        at: Timestamp,
        /// How far it is; `None` if that has not changed.
        progress: Option<Value>,
    },
    /// It leaves a value for other tasks.
    SetXCom {
        /// Under this key.
        key: String,
        /// The value.
        value: Value,
        /// What the value is to tasks that are mapped over it; `None` if none are.
        returned: Option<Returned>,
    },
    /// It takes such a value away.
    DeleteXCom {
        /// Of this key.
        key: String,
    },
    /// What the copy of a mapped task is called.
    RenderedMapIndex {
        /// The name.
        text: String,
    },
    /// Its fields after templates were filled in.
    RenderedFields {
        /// By name.
        fields: Map<String, Value>,
    },
    /// It has ended; what that makes of its task was decided by the planner.
    End {
        /// When.
        at: Timestamp,
        /// How it ended: success, skipped, failed, `up_for_reschedule` or deferred.
        attempt_state: TaskInstanceState,
        /// How it ended, in words.
        outcome: String,
        /// The task's new state; `None` after a clear, which only a restarting task accepts.
        task_state: Option<TaskInstanceState>,
        /// The task's new `max_tries`.
        max_tries: u32,
        /// The task's new number of attempts lost in a row.
        lost_in_row: u32,
        /// When the task may be tried or looked at again, if it will be.
        next_try_at: Option<Timestamp>,
        /// How often its try was put off; as long as it is, the next attempt goes on with that try.
        reschedules: u32,
        /// What its task waits for, if it is deferred. The wait is named after the attempt.
        wait: Option<Box<NewWait>>,
        /// Tasks that become skipped with it; those with an attempt, or with a final state, stay as they are.
        skipped: Vec<TaskKey>,
        /// The events that callbacks are to be called for: those for which the task has any.
        callbacks: Vec<NewCallback>,
        /// The assets that its task has updated with this success, each once; otherwise none.
        events: Vec<OutletEvent>,
        /// The outlets of its task that are named by references, likewise.
        ref_events: Vec<RefEvent>,
    },
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptVerdict {
    /// It was written.
    Accepted,
    /// It had been written before: the same process starts the attempt, or the attempt ends the same way. Nothing changed;
    /// the one who reports may be told that it is done.
    Repeated,
    /// The attempt has ended, was replaced, or its task was cleared or marked meanwhile.
    NotLive {
        /// The state its task has now. An end that meets `restarting` may be reported again, as the end of a cleared task.
        task_state: Option<TaskInstanceState>,
    },
    /// There is no such attempt; its run may have been deleted.
    NotFound,
    /// The value is longer than [`crate::StoreOptions::xcom_bytes_max`].
    TooLarge {
        /// The length of its JSON text.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
}

/// An attempt that gave no sign of life for too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilentAttempt {
    /// Its task.
    pub key: TaskKey,
    /// The attempt.
    pub attempt: AttemptId,
}

impl Store {
    /// Writes what attempts report, in one transaction, if the lease still counts. The verdicts are in the order of the
    /// writes; a write counts only while its attempt is the live one of its task, and a refused write does not keep the
    /// others from being written. Writes of one attempt are taken in their order.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was written then.
    pub async fn apply_attempt_writes(
        &self,
        lease: &Lease,
        writes: &[AttemptWrite],
        now: Timestamp,
    ) -> Result<Vec<AttemptVerdict>, WriteError> {
        retry_conflicts(|| self.try_apply(lease, writes, now)).await
    }

    /// Attempts that were queued or running and gave no sign of life since `before`, by task.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn silent_attempts(&self, before: Timestamp) -> Result<Vec<SilentAttempt>, StoreError> {
        let rows = self.db.fetch_all(SILENT.bind(before)).await?;
        rows.iter()
            .map(|row| {
                let row = TableRow {
                    table: "task_instance",
                    row,
                };
                Ok(SilentAttempt {
                    key: row.task_key()?,
                    attempt: row.attempt()?,
                })
            })
            .collect()
    }

    async fn try_apply(
        &self,
        lease: &Lease,
        writes: &[AttemptWrite],
        now: Timestamp,
    ) -> Result<Vec<AttemptVerdict>, WriteError> {
        let mut tx = self.db.begin().await?;
        if !lease::is_valid(&mut tx, lease).await? {
            return Err(WriteError::LeaseLost);
        }
        let attempts: BTreeSet<AttemptId> = writes.iter().map(|write| write.attempt).collect();
        let mut known = known(&mut tx, attempts).await?;
        let (verdicts, accepted) = judge(&mut known, writes, self.options.xcom_bytes_max);
        write(&mut tx, &accepted, now).await?;
        write_rendered(&mut tx, &accepted.rendered, self.options.rendered_runs_max).await?;
        if self.options.clear_states_on_success {
            clear_states(&mut tx, &accepted.succeeded).await?;
        }
        tx.commit().await?;
        Ok(verdicts)
    }
}

/// What the database knows of attempts. Those that are live are held until the end of the transaction.
async fn known(
    tx: &mut Tx,
    mut attempts: BTreeSet<AttemptId>,
) -> Result<BTreeMap<AttemptId, Known>, StoreError> {
    let mut known = BTreeMap::new();
    for row in tx
        .fetch_all(LIVE.rows(attempts.iter().map(|attempt| row![attempt.0])))
        .await?
    {
        let row = TableRow {
            table: "task_instance",
            row: &row,
        };
        let live = Live {
            key: row.task_key()?,
            state: row.parsed("state")?,
            try_number: row.number("try_number")?,
            hostname: row.get("hostname")?,
            pid: row.optional_number("pid")?,
            is_new_try: row.number::<u32>("reschedules")? == 0,
        };
        let attempt = row.attempt()?;
        attempts.remove(&attempt);
        known.insert(attempt, Known::Live(live));
    }
    if attempts.is_empty() {
        return Ok(known);
    }
    for row in tx
        .fetch_all(ENDED.rows(attempts.iter().map(|attempt| row![attempt.0])))
        .await?
    {
        let row = TableRow {
            table: "task_instance_history",
            row: &row,
        };
        let ended = Known::Ended {
            attempt_state: row.parsed("attempt_state")?,
            task_state: row.task_state("state")?,
        };
        known.insert(row.attempt()?, ended);
    }
    Ok(known)
}

async fn write(tx: &mut Tx, accepted: &Accepted, now: Timestamp) -> Result<(), StoreError> {
    if !accepted.starts.is_empty() {
        let rows = accepted.starts.iter().map(|start| {
            row![
                start.attempt.0,
                &start.hostname,
                &start.unixname,
                start.pid,
                start.at
            ]
        });
        expect_rows(tx, START.rows(rows), accepted.starts.len()).await?;
    }
    if !accepted.begun_again.is_empty() {
        tx.execute(xcoms_deleted(&accepted.begun_again)).await?;
    }
    if !accepted.heartbeats.is_empty() {
        let rows = accepted
            .heartbeats
            .iter()
            .map(|(attempt, (at, progress))| row![attempt.0, *at, progress.as_ref().map(Value::to_string)]);
        expect_rows(tx, HEARTBEAT.rows(rows), accepted.heartbeats.len()).await?;
    }
    write_results(tx, accepted, now).await?;
    write_mapping(tx, accepted).await?;
    write_ends(tx, &accepted.ends).await?;
    insert_callbacks(tx, accepted.ends.iter().flat_map(|end| &end.callbacks)).await?;
    write_events(tx, &accepted.events).await?;
    if !accepted.skipped.is_empty() {
        make_rows(tx, accepted.skipped.keys()).await?;
        let rows = accepted.skipped.iter().map(|(key, at)| task_row!(key, *at));
        tx.execute(SKIP_TASKS.rows(rows)).await?;
    }
    Ok(())
}

async fn write_results(tx: &mut Tx, accepted: &Accepted, now: Timestamp) -> Result<(), StoreError> {
    let mut set = accepted
        .xcoms
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)))
        .peekable();
    if set.peek().is_some() {
        let rows = set.map(|((task, key), value)| task_row!(task, key, value));
        tx.execute(SET_XCOMS.bind(now).rows(rows)).await?;
    }
    let mut gone = accepted
        .xcoms
        .iter()
        .filter(|(_, value)| value.is_none())
        .peekable();
    if gone.peek().is_some() {
        let rows = gone.map(|((task, key), _)| task_row!(task, key));
        tx.execute(DELETE_XCOMS.rows(rows)).await?;
    }
    Ok(())
}

/// Writes rendered fields, and forgets those of runs that are not among the newest. Of a mapped task the first copy does
/// that for all.
async fn write_rendered(
    tx: &mut Tx,
    rendered: &BTreeMap<TaskKey, String>,
    runs_max: u32,
) -> Result<(), StoreError> {
    if rendered.is_empty() {
        return Ok(());
    }
    let rows = rendered.iter().map(|(task, fields)| task_row!(task, fields));
    tx.execute(SET_RENDERED_FIELDS.rows(rows)).await?;
    if runs_max == 0 {
        return Ok(());
    }
    let firsts = rendered.keys().filter(|task| task.map_index.0 <= 0);
    let tasks: BTreeSet<_> = firsts.map(|task| (&task.dag_id, &task.task_id)).collect();
    for (dag_id, task_id) in tasks {
        let forget = FORGET_RENDERED_FIELDS
            .bind(dag_id.as_str())
            .bind(task_id.as_str());
        tx.execute(forget.bind(runs_max)).await?;
    }
    Ok(())
}

/// What attempts of mapped tasks, and of those that others are mapped over, have left beside values.
async fn write_mapping(tx: &mut Tx, accepted: &Accepted) -> Result<(), StoreError> {
    if !accepted.returned.is_empty() {
        let rows = accepted
            .returned
            .iter()
            .map(|(attempt, length)| row![attempt.0, *length]);
        expect_rows(tx, SET_RETURNED.rows(rows), accepted.returned.len()).await?;
    }
    if !accepted.map_indexes.is_empty() {
        let rows = accepted
            .map_indexes
            .iter()
            .map(|(attempt, text)| row![attempt.0, text]);
        expect_rows(tx, SET_MAP_INDEX.rows(rows), accepted.map_indexes.len()).await?;
    }
    Ok(())
}

/// Ended tries go into the history and stay visible as the newest try of their task.
async fn write_ends(tx: &mut Tx, ends: &[End]) -> Result<(), StoreError> {
    if ends.is_empty() {
        return Ok(());
    }
    let records = ends
        .iter()
        .map(|end| row![end.attempt.0, end.attempt_state.as_str(), end.at, &end.outcome]);
    expect_rows(tx, record_ends(records), ends.len()).await?;
    let rows = ends.iter().map(|end| {
        row![
            end.attempt.0,
            state_text(end.task_state),
            end.max_tries,
            end.lost_in_row,
            end.next_try_at,
            end.reschedules,
            end.at,
            &end.outcome,
            end.deferral.as_deref(),
            end.wait_times.fires_at,
            end.wait_times.times_out_at,
        ]
    });
    expect_rows(tx, END.rows(rows), ends.len()).await
}

/// Deletes everything that tasks have left.
pub(crate) fn xcoms_deleted<'k>(tasks: impl IntoIterator<Item = &'k TaskKey>) -> Query<'k> {
    DELETE_XCOMS_OF_TASKS.rows(tasks.into_iter().map(|key| task_row!(key)))
}

/// Puts attempts into the history: rows of the attempt, its state, its end date and how it ended in words.
pub(crate) fn record_ends<'v>(rows: impl IntoIterator<Item = [updraft_sql::Value<'v>; 4]>) -> Query<'v> {
    RECORD_ENDS.rows(rows)
}

/// Runs a statement on rows that this transaction holds, so that each batch row must change one.
pub(crate) async fn expect_rows(tx: &mut Tx, query: Query<'_>, rows: usize) -> Result<(), StoreError> {
    let name = query.statement().name();
    let written = tx.execute(query).await?;
    if written == rows as u64 {
        return Ok(());
    }
    Err(SqlError::invalid_row(format!("`{name}` changed {written} rows instead of {rows}")).into())
}
