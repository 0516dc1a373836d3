//! Waits of deferred tasks. A wait is part of the row of its task and counts while the task is deferred: whatever ends the
//! deferral ends the wait in the same moment.

use jiff::Timestamp;
use updraft_model::{AttemptId, Deferral, OpenWait, Resumption, TaskInstanceState, WaitEnd, WaitTimes};
use updraft_sql::{ColumnType, Sql, row, statements};

use crate::error::StoreError;
use crate::store::Store;
use crate::table::{TableRow, storable};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    RESUMPTION = Sql::new(
        "SELECT dag_id, run_id, task_id, deferral, wait_end FROM task_instance \
         WHERE attempt_id = $1 AND deferral IS NOT NULL AND wait_end IS NOT NULL",
    );
    SET_NOTES = Sql::new(
        "UPDATE task_instance AS t SET wait_note = batch.note \
         FROM {batch} \
         WHERE t.attempt_id = batch.wait AND t.state = 'deferred'",
    )
    .batch(&[("wait", ColumnType::Uuid), ("note", ColumnType::Text)]);
    WAIT = Sql::new(
        "SELECT dag_id, run_id, task_id, map_index, attempt_id, state, deferral, wait_fires_at, wait_times_out_at, end_date \
         FROM task_instance WHERE attempt_id = $1 AND state = 'deferred'",
    );
    NOTE = Sql::new("SELECT wait_note FROM task_instance WHERE attempt_id = $1 AND state = 'deferred'");
}

/// A wait that begins with the end of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWait {
    /// What the task said.
    pub deferral: Deferral,
    /// When the wait ends by itself.
    pub times: WaitTimes,
}

impl NewWait {
    pub(crate) fn deferral_text(&self) -> String {
        serde_json::to_string(&self.deferral).expect("a deferral has a text")
    }
}

/// The wait of a deferred task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredWait {
    /// Its name, and when it ends by itself.
    pub open: OpenWait,
    /// What the task said.
    pub deferral: Deferral,
    /// When it began.
    pub since: Timestamp,
}

impl Store {
    /// How an attempt goes on with what a wait has ended with; `None` if its task was not deferred before it in the same try.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn resumption(&self, attempt: AttemptId) -> Result<Option<Resumption>, StoreError> {
        let Some(row) = self.db.fetch_optional(RESUMPTION.bind(attempt.0)).await? else {
            return Ok(None);
        };
        let row = TableRow {
            table: "task_instance",
            row: &row,
        };
        let deferral: Deferral = row.parsed("deferral")?;
        Ok(Some(deferral.resumed_by(row.parsed("wait_end")?)))
    }

    /// Writes down what the last looks at what tasks wait for have seen, by wait. A wait that is over is passed over. Only people read
    /// it, so whoever writes needs no lease.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_waits(&self, notes: &[(AttemptId, String)]) -> Result<(), StoreError> {
        let notes: Vec<(AttemptId, String)> =
            notes.iter().map(|(wait, note)| (*wait, storable(note))).collect();
        let rows = notes.iter().map(|(wait, note)| row![wait.0, note.as_str()]);
        self.db.execute(SET_NOTES.rows(rows)).await?;
        Ok(())
    }

    /// What a task waits for that was deferred by this attempt; `None` if the wait is over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn wait(&self, attempt: AttemptId) -> Result<Option<StoredWait>, StoreError> {
        let Some(row) = self.db.fetch_optional(WAIT.bind(attempt.0)).await? else {
            return Ok(None);
        };
        let row = TableRow {
            table: "task_instance",
            row: &row,
        };
        stored_wait(&row, Some(TaskInstanceState::Deferred))
    }

    /// What the last look at what a task waits for has seen; `None` if the wait is over, or nothing was written down.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn wait_note(&self, wait: AttemptId) -> Result<Option<String>, StoreError> {
        let row = self.db.fetch_optional(NOTE.bind(wait.0)).await?;
        Ok(row.map(|row| row.get("wait_note")).transpose()?.flatten())
    }
}

/// The text of the end of a wait in its column.
pub(crate) fn wait_end_text(end: &WaitEnd) -> String {
    storable(&serde_json::to_string(end).expect("the end of a wait has a text"))
}

/// The wait in the row of a task that has this state.
pub(crate) fn stored_wait(
    row: &TableRow<'_>,
    state: Option<TaskInstanceState>,
) -> Result<Option<StoredWait>, StoreError> {
    if state != Some(TaskInstanceState::Deferred) {
        return Ok(None);
    }
    let times = WaitTimes {
        fires_at: row.optional_time("wait_fires_at")?,
        times_out_at: row.optional_time("wait_times_out_at")?,
    };
    Ok(Some(StoredWait {
        open: OpenWait {
            id: row.attempt()?,
            times,
        },
        deferral: row.parsed("deferral")?,
        since: row.time("end_date")?,
    }))
}
