//! Runs of a sync: what makes them resumable, and the counts they report.
//!
//! A run is known by its [`RunId`] and the kind of record. Every committed page moves its cursor, its step and its counts in
//! the transaction of the page, so that a run killed at any moment goes on behind its last page and ends with the counts
//! of the whole. One run at a time owns a kind of record; a run that was taken over cannot write any more.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_sql::{Row, Sql, SqlError, Tx, statements};

use crate::kind::UnknownName;
use crate::rows::{count, optional_json, word};
use crate::{EntityKind, ReferralStore, RunId, StoreError};

/// How a run reads the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncMode {
    /// Every record, by id.
    Full,
    /// What changed since the watermark.
    Incremental,
    /// Ids and versions of every record; what differs is read, what is gone is deleted.
    Reconcile,
}

impl SyncMode {
    /// The stored word, also used in requests and summaries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Incremental => "incremental",
            Self::Reconcile => "reconcile",
        }
    }
}

impl std::str::FromStr for SyncMode {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        [Self::Full, Self::Incremental, Self::Reconcile]
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| UnknownName {
                what: "sync mode",
                name: text.to_owned(),
            })
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Begun and not ended; its process may be gone.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended with an error; the same run id may go on.
    Failed,
}

impl RunState {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

impl std::str::FromStr for RunState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        [Self::Running, Self::Succeeded, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownName {
                what: "run state",
                name: text.to_owned(),
            })
    }
}

/// What a run did to the records.
///
/// Of a full or incremental run, `fetched` is the sum of all others. A reconciliation counts the versions it compared as
/// fetched; what is gone at the source is `deleted` without having been fetched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncCounts {
    /// Records read from the source.
    pub fetched: u64,
    /// Records seen for the first time.
    pub inserted: u64,
    /// Records whose content changed.
    pub updated: u64,
    /// Records that are here as they are there; not written.
    pub unchanged: u64,
    /// Records that are deleted at the source.
    pub deleted: u64,
    /// People that are erased at the source.
    pub anonymised: u64,
    /// Records that could not be used.
    pub quarantined: u64,
}

impl std::ops::AddAssign for SyncCounts {
    fn add_assign(&mut self, other: Self) {
        self.fetched += other.fetched;
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.deleted += other.deleted;
        self.anonymised += other.anonymised;
        self.quarantined += other.quarantined;
    }
}

/// How far one kind of record is read, whatever the run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SyncState {
    /// Everything modified at the source up to this moment (epoch ms of the source's clock) is here.
    pub watermark_ms: Option<i64>,
    /// A full load that was begun and not finished.
    pub unfinished_full: Option<UnfinishedFull>,
    /// When the last full load ended.
    pub last_full_at: Option<Timestamp>,
    /// When the last reconciliation ended.
    pub last_reconcile_at: Option<Timestamp>,
    /// How many records the source had at the last full load or reconciliation.
    pub last_total: Option<u64>,
}

/// Where an unfinished full load goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct UnfinishedFull {
    /// The cursor behind its last page, in the notation of whoever wrote it.
    pub cursor: Value,
    /// What the watermark becomes when it ends: the source's time when it began, epoch ms.
    pub upper_ms: i64,
}

/// A run about to begin.
#[derive(Debug, Clone)]
pub struct NewSyncRun {
    /// Its id.
    pub run_id: RunId,
    /// What it reads.
    pub kind: EntityKind,
    /// How it reads.
    pub mode: SyncMode,
    /// Where it starts, `None` for the beginning.
    pub cursor: Option<Value>,
    /// Incremental: the lower bound of the window, epoch ms of the source's clock.
    pub lower_ms: Option<i64>,
    /// What the watermark becomes when it ends, epoch ms of the source's clock.
    pub upper_ms: i64,
    /// How many records it will read, if that is known.
    pub total: Option<u64>,
}

/// A run as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct SyncRun {
    /// Its id.
    pub run_id: RunId,
    /// What it reads.
    pub kind: EntityKind,
    /// How it reads.
    pub mode: SyncMode,
    /// Where it stands.
    pub state: RunState,
    /// Pages committed so far: what the next page must name.
    pub step: i64,
    /// The cursor behind its last page.
    pub cursor: Option<Value>,
    /// Incremental: the lower bound of the window, epoch ms.
    pub lower_ms: Option<i64>,
    /// The upper bound, epoch ms.
    pub upper_ms: i64,
    /// How many records it reads in all, if that is known.
    pub total: Option<u64>,
    /// What it did so far.
    pub counts: SyncCounts,
    /// Calls to the source so far.
    pub calls: u64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

statements! {
    /// Statements about sync runs.
    pub(crate) STATEMENTS;

    SELECT_STATE = Sql::new("SELECT * FROM sync_state WHERE entity = $1");

    SELECT_RUN = Sql::new("SELECT * FROM sync_run WHERE run_id = $1 AND entity = $2");

    INSERT_RUN = Sql::new(
        "INSERT INTO sync_run (run_id, entity, mode, state, step, cursor, lower_ms, upper_ms, total, fetched, inserted, \
         updated, unchanged, deleted, anonymised, quarantined, calls, started_at) \
         VALUES ($1, $2, $3, 'running', 0, $4, $5, $6, $7, 0, 0, 0, 0, 0, 0, 0, 0, $8) \
         ON CONFLICT (run_id, entity) DO NOTHING",
    );

    REOPEN_RUN = Sql::new(
        "UPDATE sync_run SET state = 'running', error = NULL, ended_at = NULL \
         WHERE run_id = $1 AND entity = $2 AND state <> 'succeeded'",
    );

    /// A run that was left at work by a process that is gone, or that another one takes over.
    ABANDON_OTHERS = Sql::new(
        "UPDATE sync_run SET state = 'failed', error = $3, ended_at = $4 \
         WHERE entity = $1 AND run_id <> $2 AND state = 'running'",
    );

    /// The run that owns the entity may write; `phase` and `cursor` are set by a full load only.
    TAKE_OVER = Sql::new(
        "INSERT INTO sync_state (entity, owner_run_id, phase) VALUES ($1, $2, 'idle') \
         ON CONFLICT (entity) DO UPDATE SET owner_run_id = excluded.owner_run_id",
    );

    BEGIN_FULL = Sql::new("UPDATE sync_state SET phase = 'full', cursor = $2, full_upper_ms = $3 WHERE entity = $1");

    END_RUN = Sql::new(
        "UPDATE sync_run SET state = $3, error = $4, ended_at = $5, total = coalesce($6, total) \
         WHERE run_id = $1 AND entity = $2 AND state = 'running'",
    );

    ADVANCE_WATERMARK = Sql::new(
        "UPDATE sync_state SET watermark_ms = CASE WHEN watermark_ms > $3 THEN watermark_ms ELSE $3 END, \
         last_total = coalesce($4, last_total) WHERE entity = $1 AND owner_run_id = $2",
    );

    END_FULL = Sql::new(
        "UPDATE sync_state SET phase = 'idle', cursor = NULL, full_upper_ms = NULL, last_full_at = $2 WHERE entity = $1",
    );

    END_RECONCILE = Sql::new("UPDATE sync_state SET last_reconcile_at = $2 WHERE entity = $1");

    CLEAR_SWEEP = Sql::new("DELETE FROM sweep_missing WHERE entity = $1");

    CALLS_OF_MONTH = Sql::new("SELECT calls FROM api_calls WHERE month = $1");

    ADD_CALLS = Sql::new(
        "INSERT INTO api_calls (month, calls) VALUES ($1, $2) \
         ON CONFLICT (month) DO UPDATE SET calls = api_calls.calls + excluded.calls",
    );
}

impl ReferralStore {
    /// How far this kind of record is read.
    pub async fn sync_state(&self, kind: EntityKind) -> Result<SyncState, StoreError> {
        let row = self.db.fetch_optional(SELECT_STATE.bind(kind.as_str())).await?;
        Ok(row.map(|row| read_state(&row)).transpose()?.unwrap_or_default())
    }

    /// The run of that id, if there is one.
    pub async fn sync_run(&self, kind: EntityKind, run_id: &RunId) -> Result<Option<SyncRun>, StoreError> {
        let row = self
            .db
            .fetch_optional(SELECT_RUN.bind(run_id.as_str()).bind(kind.as_str()))
            .await?;
        Ok(row.map(|row| read_run(&row)).transpose()?)
    }

    /// Begins a run, or goes on with the run of that id, which then keeps its mode, window, cursor and counts. It owns the
    /// kind of record from now on, and another run that was left at work has failed. A run that has succeeded is returned as it is.
    pub async fn begin_sync(&self, new: &NewSyncRun, now: Timestamp) -> Result<SyncRun, StoreError> {
        let mut tx = self.db.begin().await?;
        let (run_id, entity) = (new.run_id.as_str(), new.kind.as_str());
        let insert = INSERT_RUN
            .bind(run_id)
            .bind(entity)
            .bind(new.mode.as_str())
            .bind(new.cursor.as_ref().map(Value::to_string))
            .bind(new.lower_ms)
            .bind(new.upper_ms)
            .bind(new.total.map(|total| total as i64))
            .bind(now);
        let is_new = tx.execute(insert).await? == 1;
        let reopened = tx.execute(REOPEN_RUN.bind(run_id).bind(entity)).await? == 1;
        if reopened {
            tx.execute(TAKE_OVER.bind(entity).bind(run_id)).await?;
            let reason = format!("given up in favour of run `{run_id}`");
            tx.execute(ABANDON_OTHERS.bind(entity).bind(run_id).bind(reason).bind(now))
                .await?;
        }
        if is_new {
            tx.execute(CLEAR_SWEEP.bind(entity)).await?;
            if new.mode == SyncMode::Full {
                let cursor = new.cursor.as_ref().unwrap_or(&Value::Null).to_string();
                tx.execute(BEGIN_FULL.bind(entity).bind(cursor).bind(new.upper_ms))
                    .await?;
            }
        }
        let row = tx.fetch_one(SELECT_RUN.bind(run_id).bind(entity)).await?;
        let run = read_run(&row)?;
        tx.commit().await?;
        Ok(run)
    }

    /// Ends a run well: the watermark moves up to its upper bound, and a full load or reconciliation is dated. `seen` is
    /// how many records the source had, where the run has counted them. Returns the run with its final counts.
    ///
    /// # Errors
    /// [`StoreError::Superseded`] if another run took over; nothing was changed then.
    pub async fn finish_sync(
        &self,
        run: &SyncRun,
        seen: Option<u64>,
        now: Timestamp,
    ) -> Result<SyncRun, StoreError> {
        let mut tx = self.db.begin().await?;
        let (run_id, entity) = (run.run_id.as_str(), run.kind.as_str());
        let seen = seen.map(|seen| seen as i64);
        let advance = ADVANCE_WATERMARK
            .bind(entity)
            .bind(run_id)
            .bind(run.upper_ms)
            .bind(seen);
        let owned = tx.execute(advance).await? == 1;
        let end = END_RUN
            .bind(run_id)
            .bind(entity)
            .bind(RunState::Succeeded.as_str())
            .bind(None::<String>);
        let ended = tx.execute(end.bind(now).bind(seen)).await? == 1;
        if !owned || !ended {
            return Err(superseded(run.kind, &run.run_id));
        }
        match run.mode {
            SyncMode::Full => tx.execute(END_FULL.bind(entity).bind(now)).await?,
            SyncMode::Reconcile => {
                tx.execute(CLEAR_SWEEP.bind(entity)).await?;
                tx.execute(END_RECONCILE.bind(entity).bind(now)).await?
            }
            SyncMode::Incremental => 0,
        };
        let row = tx.fetch_one(SELECT_RUN.bind(run_id).bind(entity)).await?;
        let run = read_run(&row)?;
        tx.commit().await?;
        Ok(run)
    }

    /// Ends a run with an error. The same run id may go on later. A run that ended already stays as it is.
    pub async fn fail_sync(
        &self,
        kind: EntityKind,
        run_id: &RunId,
        message: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let end = END_RUN
            .bind(run_id.as_str())
            .bind(kind.as_str())
            .bind(RunState::Failed.as_str());
        self.db
            .execute(end.bind(message).bind(now).bind(None::<i64>))
            .await?;
        Ok(())
    }

    /// Calls made to the source in the calendar month (UTC) of `now`.
    pub async fn calls_this_month(&self, now: Timestamp) -> Result<u64, StoreError> {
        let row = self.db.fetch_optional(CALLS_OF_MONTH.bind(month(now))).await?;
        Ok(row.map(|row| count(&row, "calls")).transpose()?.unwrap_or(0))
    }

    /// Adds calls that belong to no page, such as logins, to the month of `now`.
    pub async fn add_calls(&self, calls: u64, now: Timestamp) -> Result<(), StoreError> {
        self.db
            .execute(ADD_CALLS.bind(month(now)).bind(calls as i64))
            .await?;
        Ok(())
    }
}

/// Adds calls to the month of `now` in the transaction of a page.
pub(crate) async fn add_calls(tx: &mut Tx, calls: u64, now: Timestamp) -> Result<(), SqlError> {
    if calls > 0 {
        tx.execute(ADD_CALLS.bind(month(now)).bind(calls as i64)).await?;
    }
    Ok(())
}

pub(crate) fn superseded(kind: EntityKind, run_id: &RunId) -> StoreError {
    StoreError::Superseded {
        kind,
        run_id: run_id.clone(),
    }
}

/// `2026-11`, of the UTC calendar.
fn month(now: Timestamp) -> String {
    now.strftime("%Y-%m").to_string()
}

fn read_state(row: &Row) -> Result<SyncState, SqlError> {
    let unfinished = match (
        row.get::<Option<i64>>("full_upper_ms")?,
        optional_json(row, "cursor")?,
    ) {
        (Some(upper_ms), cursor) => Some(UnfinishedFull {
            cursor: cursor.unwrap_or(Value::Null),
            upper_ms,
        }),
        (None, _) => None,
    };
    Ok(SyncState {
        watermark_ms: row.get("watermark_ms")?,
        unfinished_full: unfinished,
        last_full_at: row.optional_timestamp("last_full_at")?,
        last_reconcile_at: row.optional_timestamp("last_reconcile_at")?,
        last_total: row.get::<Option<i64>>("last_total")?.map(i64::unsigned_abs),
    })
}

pub(crate) fn read_run(row: &Row) -> Result<SyncRun, SqlError> {
    let run_id: String = row.get("run_id")?;
    Ok(SyncRun {
        run_id: RunId::parse(&run_id)
            .map_err(|error| SqlError::invalid_row(format!("column `run_id` holds `{run_id}`: {error}")))?,
        kind: word(row, "entity")?,
        mode: word(row, "mode")?,
        state: word(row, "state")?,
        step: row.get("step")?,
        cursor: optional_json(row, "cursor")?,
        lower_ms: row.get("lower_ms")?,
        upper_ms: row.get("upper_ms")?,
        total: row.get::<Option<i64>>("total")?.map(i64::unsigned_abs),
        counts: SyncCounts {
            fetched: count(row, "fetched")?,
            inserted: count(row, "inserted")?,
            updated: count(row, "updated")?,
            unchanged: count(row, "unchanged")?,
            deleted: count(row, "deleted")?,
            anonymised: count(row, "anonymised")?,
            quarantined: count(row, "quarantined")?,
        },
        calls: count(row, "calls")?,
        started_at: row.timestamp("started_at")?,
        ended_at: row.optional_timestamp("ended_at")?,
    })
}
