//! The outbox of callbacks: one row per event, written in the transaction of the event itself, and kept until its run is
//! deleted. A scheduler hands each row to a process, and writes what came of it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use updraft_model::{
    AttemptId, CallbackEvent, CallbackId, DagId, DeadlineName, MapIndex, RunId, RunKey, TaskId, TaskKey,
};
use updraft_sql::{ColumnType, Query, Sql, Tx, retry_conflicts, row, statements};
use uuid::Uuid;

use crate::error::{StoreError, WriteError};
use crate::lease::{self, Lease};
use crate::picture::StoredRun;
use crate::store::Store;
use crate::table::{TableRow, storable};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    INSERT = Sql::new(
        "INSERT INTO callback (callback_id, dag_id, run_id, task_id, map_index, attempt_id, try_number, event, reason, \
                               created_at, deadline, due_at, state, next_try_at) \
         SELECT callback_id, dag_id, run_id, task_id, map_index, attempt_id, try_number, event, reason, created_at, \
                deadline, due_at, 'queued', created_at \
         FROM {batch} WHERE TRUE \
         ON CONFLICT (callback_id) DO NOTHING",
    )
    .batch(&[
        ("callback_id", ColumnType::Text),
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("attempt_id", ColumnType::Uuid),
        ("try_number", ColumnType::I64),
        ("event", ColumnType::Text),
        ("reason", ColumnType::Text),
        ("created_at", ColumnType::I64),
        ("deadline", ColumnType::Text),
        ("due_at", ColumnType::I64),
    ]);
    TAKE_OVER = Sql::new(
        "UPDATE callback SET state = 'queued', tries = tries - 1, next_try_at = $1 \
         WHERE state = 'running' AND delivery_id NOT IN (SELECT delivery_id FROM {batch})",
    )
    .batch(&[("delivery_id", ColumnType::Uuid)]);
    WAITING = Sql::new(
        "SELECT callback_id, dag_id, next_try_at FROM callback WHERE state = 'queued' \
         ORDER BY dag_id, next_try_at, callback_id",
    );
    ONE = Sql::new(
        "SELECT callback_id, dag_id, run_id, task_id, map_index, attempt_id, try_number, event, reason, created_at, \
                state, tries, next_try_at, delivery_id, done, start_date, end_date, outcome, deadline, due_at \
         FROM callback WHERE callback_id = $1",
    );
    // PostgreSQL has several writers at a time; SQLite's transaction is the only one.
    HELD = Sql::per_backend(
        "SELECT c.callback_id, c.dag_id, c.run_id, c.task_id, c.map_index, c.attempt_id, c.try_number, c.event, \
                c.reason, c.created_at, c.state, c.tries, c.next_try_at, c.delivery_id, c.done, c.start_date, \
                c.end_date, c.outcome, c.deadline, c.due_at \
         FROM {batch} JOIN callback c ON c.callback_id = batch.callback_id \
         FOR UPDATE OF c",
        "SELECT c.callback_id, c.dag_id, c.run_id, c.task_id, c.map_index, c.attempt_id, c.try_number, c.event, \
                c.reason, c.created_at, c.state, c.tries, c.next_try_at, c.delivery_id, c.done, c.start_date, \
                c.end_date, c.outcome, c.deadline, c.due_at \
         FROM {batch} JOIN callback c ON c.callback_id = batch.callback_id",
    )
    .batch(&[("callback_id", ColumnType::Text)]);
    LIST = Sql::new(
        "SELECT callback_id, dag_id, run_id, task_id, map_index, attempt_id, try_number, event, reason, created_at, \
                state, tries, next_try_at, delivery_id, done, start_date, end_date, outcome, deadline, due_at \
         FROM callback \
         WHERE (dag_id = $1 OR $1 IS NULL) AND (run_id = $2 OR $2 IS NULL) AND (state = $3 OR $3 IS NULL) \
         ORDER BY created_at DESC, callback_id \
         LIMIT $4",
    );
    SET = Sql::new(
        "UPDATE callback AS c \
         SET state = batch.state, tries = batch.tries, next_try_at = batch.next_try_at, \
             delivery_id = batch.delivery_id, done = batch.done, start_date = batch.start_date, \
             end_date = batch.end_date, outcome = batch.outcome \
         FROM {batch} \
         WHERE c.callback_id = batch.callback_id",
    )
    .batch(&[
        ("callback_id", ColumnType::Text),
        ("state", ColumnType::Text),
        ("tries", ColumnType::I64),
        ("next_try_at", ColumnType::I64),
        ("delivery_id", ColumnType::Uuid),
        ("done", ColumnType::Text),
        ("start_date", ColumnType::I64),
        ("end_date", ColumnType::I64),
        ("outcome", ColumnType::Text),
    ]);
    // What the run ended with: of a run that failed the task that failed last.
    LAST_TASK = Sql::new(
        "SELECT dag_id, run_id, task_id, map_index, attempt_id, try_number \
         FROM task_instance \
         WHERE dag_id = $1 AND run_id = $2 AND end_date IS NOT NULL \
         ORDER BY CASE state WHEN 'failed' THEN 0 WHEN 'upstream_failed' THEN 1 ELSE 2 END, end_date DESC, \
                  task_id, map_index \
         LIMIT 1",
    );
}

/// How far the callbacks for an event are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallbackState {
    /// They are to be called, at once or at the next try.
    Queued,
    /// A process was told to call them.
    Running,
    /// All were called and returned.
    Success,
    /// They were given up after several tries.
    Failed,
}

impl CallbackState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Success, Self::Failed];

    /// What is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for CallbackState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no state of callbacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no state of callbacks, known are `queued`, `running`, `success` and `failed`")]
pub struct UnknownCallbackState(String);

impl FromStr for CallbackState {
    type Err = UnknownCallbackState;

    fn from_str(text: &str) -> Result<Self, UnknownCallbackState> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownCallbackState(text.to_owned()))
    }
}

/// The attempt that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackAttempt {
    /// The task.
    pub task_id: TaskId,
    /// Which copy of it.
    pub map_index: MapIndex,
    /// The attempt.
    pub attempt: AttemptId,
    /// Which try it was, from 1.
    pub try_number: u32,
}

/// The deadline that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackDeadline {
    /// Which deadline of the run.
    pub name: DeadlineName,
    /// When it was.
    pub due: Timestamp,
}

/// An event that callbacks are to be called for; written together with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCallback {
    /// Its identity.
    pub id: CallbackId,
    /// The run.
    pub run: RunKey,
    /// The attempt; `None` for an event of the run itself.
    pub attempt: Option<CallbackAttempt>,
    /// The deadline, for an event of one.
    pub deadline: Option<CallbackDeadline>,
    /// What has happened.
    pub event: CallbackEvent,
    /// How that ended, in words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// An event that callbacks are or were called for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackRow {
    /// Its identity.
    pub id: CallbackId,
    /// The run.
    pub run: RunKey,
    /// The attempt; `None` for an event of the run itself.
    pub attempt: Option<CallbackAttempt>,
    /// The deadline, for an event of one.
    pub deadline: Option<CallbackDeadline>,
    /// What has happened.
    pub event: CallbackEvent,
    /// How that ended, in words.
    pub reason: String,
    /// When it happened.
    pub created_at: Timestamp,
    /// How far it is.
    pub state: CallbackState,
    /// How often it was handed to a process, but for the times that were lost with their scheduler.
    pub tries: u32,
    /// It is not handed to a process before this, while it is queued.
    pub next_try_at: Timestamp,
    /// The newest delivery.
    pub delivery: Option<AttemptId>,
    /// The places of the functions that were called and have returned.
    pub done: Vec<u32>,
    /// When the newest delivery began.
    pub start_date: Option<Timestamp>,
    /// When it ended.
    pub end_date: Option<Timestamp>,
    /// How it ended, in words.
    pub outcome: Option<String>,
}

/// A row that waits for its delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingCallback {
    /// The row.
    pub id: CallbackId,
    /// Its DAG.
    pub dag_id: DagId,
    /// Not before this.
    pub at: Timestamp,
}

impl From<&NewCallback> for WaitingCallback {
    fn from(new: &NewCallback) -> Self {
        Self {
            id: new.id.clone(),
            dag_id: new.run.dag_id.clone(),
            at: new.at,
        }
    }
}

/// All that a process needs to call callbacks.
#[derive(Debug, Clone, PartialEq)]
pub struct CallbackOrder {
    /// The row.
    pub callback: CallbackRow,
    /// Its run, without tasks.
    pub run: StoredRun,
    /// The task instance it is about, with its newest attempt and try; for an event of the run the one it ended with.
    pub task: Option<CallbackAttempt>,
}

/// Something that a delivery reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackWrite {
    /// The row.
    pub id: CallbackId,
    /// Which delivery reports.
    pub delivery: AttemptId,
    /// What.
    pub kind: CallbackWriteKind,
}

/// What a delivery can report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallbackWriteKind {
    /// A process claims the row: queued to running.
    Start {
        /// When.
        at: Timestamp,
    },
    /// One of the functions was called and has returned.
    Done {
        /// Its place in the list.
        place: u32,
    },
    /// The delivery is over.
    End {
        /// When.
        at: Timestamp,
        /// How, in words.
        outcome: String,
        /// What that makes of the row.
        then: AfterDelivery,
    },
}

/// What the end of a delivery makes of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterDelivery {
    /// All functions have returned.
    Success,
    /// It is tried again at this time.
    Retry(Timestamp),
    /// It is delivered again at once, and this one does not count: it was lost with its engine.
    Again,
    /// It is given up.
    GiveUp,
}

/// What became of such a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackVerdict {
    /// It was written.
    Accepted,
    /// It had been written before.
    Repeated,
    /// The row is gone, or another delivery has it.
    Refused,
}

impl CallbackRow {
    /// The row of an event that has just happened.
    pub fn new(new: &NewCallback) -> Self {
        Self {
            id: new.id.clone(),
            run: new.run.clone(),
            attempt: new.attempt.clone(),
            deadline: new.deadline.clone(),
            event: new.event,
            reason: storable(&new.reason),
            created_at: new.at,
            state: CallbackState::Queued,
            tries: 0,
            next_try_at: new.at,
            delivery: None,
            done: Vec::new(),
            start_date: None,
            end_date: None,
            outcome: None,
        }
    }

    /// Takes a report over, if it is one of the delivery that has the row.
    pub fn apply(&mut self, delivery: AttemptId, kind: &CallbackWriteKind) -> CallbackVerdict {
        let is_its_own = self.delivery == Some(delivery);
        let is_running = self.state == CallbackState::Running && is_its_own;
        match kind {
            CallbackWriteKind::Start { .. } if is_running => CallbackVerdict::Repeated,
            CallbackWriteKind::Start { at } if self.state == CallbackState::Queued => {
                (self.state, self.delivery) = (CallbackState::Running, Some(delivery));
                self.tries += 1;
                (self.start_date, self.end_date, self.outcome) = (Some(*at), None, None);
                CallbackVerdict::Accepted
            }
            CallbackWriteKind::Done { place } if is_running && self.done.contains(place) => {
                CallbackVerdict::Repeated
            }
            CallbackWriteKind::Done { place } if is_running => {
                self.done.push(*place);
                CallbackVerdict::Accepted
            }
            CallbackWriteKind::End { at, outcome, then } if is_running => {
                (self.end_date, self.outcome) = (Some(*at), Some(storable(outcome)));
                match then {
                    AfterDelivery::Success => self.state = CallbackState::Success,
                    AfterDelivery::GiveUp => self.state = CallbackState::Failed,
                    AfterDelivery::Retry(next) => {
                        (self.state, self.next_try_at) = (CallbackState::Queued, *next);
                    }
                    AfterDelivery::Again => self.take_over(*at),
                }
                CallbackVerdict::Accepted
            }
            CallbackWriteKind::End { .. } if is_its_own => CallbackVerdict::Repeated,
            CallbackWriteKind::Start { .. }
            | CallbackWriteKind::Done { .. }
            | CallbackWriteKind::End { .. } => CallbackVerdict::Refused,
        }
    }

    /// Its delivery is lost: it is to be delivered again, and that one does not count.
    pub fn take_over(&mut self, now: Timestamp) {
        self.state = CallbackState::Queued;
        self.tries = self.tries.saturating_sub(1);
        self.next_try_at = now;
    }

    /// The task instance that it is about.
    pub fn task_key(&self) -> Option<TaskKey> {
        let attempt = self.attempt.as_ref()?;
        Some(self.run.task(attempt.task_id.clone(), attempt.map_index))
    }
}

/// Which rows to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallbackFilter {
    /// Of this DAG.
    pub dag_id: Option<DagId>,
    /// Of the run of this name.
    pub run_id: Option<RunId>,
    /// In this state.
    pub state: Option<CallbackState>,
    /// At most so many.
    pub limit: u32,
}

impl Store {
    /// Takes over what another scheduler has left: rows whose delivery is none of the `live` ones wait again. Gives all that
    /// wait, by DAG and time.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn take_over_callbacks(
        &self,
        lease: &Lease,
        live: &[AttemptId],
        now: Timestamp,
    ) -> Result<Vec<WaitingCallback>, WriteError> {
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            if !lease::is_valid(&mut tx, lease).await? {
                return Err(WriteError::LeaseLost);
            }
            // A batch has at least one row; no delivery has this id.
            let live = live.iter().map(|delivery| delivery.0).chain([Uuid::nil()]);
            tx.execute(TAKE_OVER.bind(now).rows(live.map(|delivery| row![delivery])))
                .await?;
            let waiting = read_waiting(&mut tx).await?;
            tx.commit().await?;
            Ok(waiting)
        })
        .await
    }

    /// All that is needed to deliver a row; `None` if its run is gone, or it does not wait any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn callback_order(&self, id: &CallbackId) -> Result<Option<CallbackOrder>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let order = self.read_order(&mut tx, id).await?;
        tx.rollback().await?;
        Ok(order)
    }

    /// Writes what deliveries report, in one transaction. The verdicts are in the order of the writes; a refused one does
    /// not keep the others from being written.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was written then.
    pub async fn apply_callback_writes(
        &self,
        lease: &Lease,
        writes: &[CallbackWrite],
    ) -> Result<Vec<CallbackVerdict>, WriteError> {
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            if !lease::is_valid(&mut tx, lease).await? {
                return Err(WriteError::LeaseLost);
            }
            let verdicts = apply(&mut tx, writes).await?;
            tx.commit().await?;
            Ok(verdicts)
        })
        .await
    }

    /// Events that callbacks are or were called for, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn callbacks(&self, filter: &CallbackFilter) -> Result<Vec<CallbackRow>, StoreError> {
        let query = LIST
            .bind(filter.dag_id.as_ref().map(DagId::as_str))
            .bind(filter.run_id.as_ref().map(RunId::as_str))
            .bind(filter.state.map(CallbackState::as_str))
            .bind(filter.limit);
        let rows = self.db.fetch_all(query).await?;
        rows.iter().map(|row| callback(&of_callback(row))).collect()
    }

    async fn read_order(&self, tx: &mut Tx, id: &CallbackId) -> Result<Option<CallbackOrder>, StoreError> {
        let Some(row) = tx.fetch_optional(ONE.bind(id.as_str())).await? else {
            return Ok(None);
        };
        let callback = callback(&of_callback(&row))?;
        let run = self.run_without_tasks(tx, &callback.run).await?;
        let Some(run) = run.filter(|_| callback.state == CallbackState::Queued) else {
            return Ok(None);
        };
        let task = match &callback.attempt {
            Some(attempt) => Some(attempt.clone()),
            None => last_task(tx, &callback.run).await?,
        };
        Ok(Some(CallbackOrder { callback, run, task }))
    }
}

/// Writes that events have happened. One that is written again is the same event.
pub(crate) async fn insert_callbacks<'c>(
    tx: &mut Tx,
    callbacks: impl IntoIterator<Item = &'c NewCallback>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = callbacks
        .into_iter()
        .map(|new| {
            let attempt = new.attempt.as_ref();
            row![
                new.id.as_str(),
                new.run.dag_id.as_str(),
                new.run.run_id.as_str(),
                attempt.map(|of| of.task_id.as_str()),
                attempt.map(|of| of.map_index.0),
                attempt.map(|of| of.attempt.0),
                attempt.map(|of| of.try_number),
                new.event.as_str(),
                storable(&new.reason),
                new.at,
                new.deadline.as_ref().map(|of| of.name.to_string()),
                new.deadline.as_ref().map(|of| of.due),
            ]
        })
        .collect();
    if !rows.is_empty() {
        tx.execute(INSERT.rows(rows)).await?;
    }
    Ok(())
}

async fn apply(tx: &mut Tx, writes: &[CallbackWrite]) -> Result<Vec<CallbackVerdict>, StoreError> {
    let mut known = BTreeMap::new();
    let held = HELD.rows(writes.iter().map(|write| row![write.id.as_str()]));
    for row in tx.fetch_all(held).await? {
        let row = callback(&of_callback(&row))?;
        known.insert(row.id.clone(), (row, false));
    }
    let mut verdicts = Vec::with_capacity(writes.len());
    for write in writes {
        let verdict = known.get_mut(&write.id).map(|(row, has_changed)| {
            let verdict = row.apply(write.delivery, &write.kind);
            *has_changed |= verdict == CallbackVerdict::Accepted;
            verdict
        });
        verdicts.push(verdict.unwrap_or(CallbackVerdict::Refused));
    }
    let changed: Vec<CallbackRow> = known
        .into_values()
        .filter_map(|(row, has_changed)| has_changed.then_some(row))
        .collect();
    if !changed.is_empty() {
        tx.execute(set(&changed)).await?;
    }
    Ok(verdicts)
}

fn set(rows: &[CallbackRow]) -> Query<'_> {
    SET.rows(rows.iter().map(|row| {
        row![
            row.id.as_str(),
            row.state.as_str(),
            row.tries,
            row.next_try_at,
            row.delivery.map(|delivery| delivery.0),
            serde_json::json!(row.done).to_string(),
            row.start_date,
            row.end_date,
            row.outcome.as_deref(),
        ]
    }))
}

async fn read_waiting(tx: &mut Tx) -> Result<Vec<WaitingCallback>, StoreError> {
    let rows = tx.fetch_all(WAITING.query()).await?;
    let waiting = rows.iter().map(|row| {
        let row = of_callback(row);
        Ok(WaitingCallback {
            id: CallbackId::from_text(&row.get::<String>("callback_id")?),
            dag_id: row.dag_id()?,
            at: row.time("next_try_at")?,
        })
    });
    waiting.collect()
}

/// The task instance that a run ended with.
async fn last_task(tx: &mut Tx, run: &RunKey) -> Result<Option<CallbackAttempt>, StoreError> {
    let query = LAST_TASK.bind(run.dag_id.as_str()).bind(run.run_id.as_str());
    let Some(row) = tx.fetch_optional(query).await? else {
        return Ok(None);
    };
    let row = TableRow {
        table: "task_instance",
        row: &row,
    };
    Ok(Some(CallbackAttempt {
        task_id: row.task_id()?,
        map_index: row.map_index()?,
        attempt: row.optional_attempt()?.unwrap_or(AttemptId(Uuid::nil())),
        try_number: row.number("try_number")?,
    }))
}

fn of_callback(row: &updraft_sql::Row) -> TableRow<'_> {
    TableRow {
        table: "callback",
        row,
    }
}

fn callback(row: &TableRow<'_>) -> Result<CallbackRow, StoreError> {
    let attempt = match row.optional_attempt()? {
        Some(attempt) => Some(CallbackAttempt {
            task_id: row.task_id()?,
            map_index: row.map_index()?,
            attempt,
            try_number: row.number("try_number")?,
        }),
        None => None,
    };
    let done = serde_json::from_value(row.json("done")?);
    let deadline = match row.optional_time("due_at")? {
        Some(due) => Some(CallbackDeadline {
            name: row.parsed("deadline")?,
            due,
        }),
        None => None,
    };
    Ok(CallbackRow {
        id: CallbackId::from_text(&row.get::<String>("callback_id")?),
        run: row.run_key()?,
        attempt,
        deadline,
        event: row.parsed("event")?,
        reason: row.get("reason")?,
        created_at: row.time("created_at")?,
        state: row.parsed("state")?,
        tries: row.number("tries")?,
        next_try_at: row.time("next_try_at")?,
        delivery: row.get::<Option<Uuid>>("delivery_id")?.map(AttemptId),
        done: done.map_err(|_| row.damaged("done", "is no list of places"))?,
        start_date: row.optional_time("start_date")?,
        end_date: row.optional_time("end_date")?,
        outcome: row.get("outcome")?,
    })
}
