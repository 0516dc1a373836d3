//! Tasks of runs and their attempts, as people look at them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use updraft_model::{AttemptId, MapIndex, RunKey, TaskId, TaskInstanceState, TaskKey};
use updraft_sql::{Query, Sql, statements};

use crate::author::Note;
use crate::changes::Change;
use crate::copies::{make_rows, with_each_copy};
use crate::error::StoreError;
use crate::store::Store;
use crate::table::{TableRow, storable};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    OF_RUN = Sql::new(
        "SELECT dag_id, run_id, task_id, map_index, operator, state, max_tries, next_try_at, priority_weight, \
                attempt_id, try_number, scheduled_at, queued_at, start_date, end_date, hostname, unixname, pid, heartbeat_at, \
                progress, outcome, mapped_length, rendered_map_index, note \
         FROM task_instance \
         WHERE dag_id = $1 AND run_id = $2 \
         ORDER BY task_id, map_index",
    );
    ONE = Sql::new(
        "SELECT dag_id, run_id, task_id, map_index, operator, state, max_tries, next_try_at, priority_weight, \
                attempt_id, try_number, scheduled_at, queued_at, start_date, end_date, hostname, unixname, pid, heartbeat_at, \
                progress, outcome, mapped_length, rendered_map_index, note \
         FROM task_instance \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4",
    );
    ATTEMPTS = Sql::new(
        "SELECT dag_id, run_id, task_id, attempt_id, try_number, state, queued_at, start_date, end_date, hostname, \
                unixname, pid, outcome \
         FROM task_instance_history \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 \
         UNION ALL \
         SELECT dag_id, run_id, task_id, attempt_id, try_number, state, queued_at, start_date, end_date, hostname, \
                unixname, pid, outcome \
         FROM task_instance \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 \
           AND state IN ('queued', 'running', 'restarting') \
         ORDER BY try_number, attempt_id",
    );
    RENDERED_FIELDS = Sql::new(
        "SELECT dag_id, run_id, task_id, fields \
         FROM rendered_fields \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4",
    );
    NOTE = Sql::new(
        "SELECT note FROM task_instance WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4",
    );
    SET_NOTE = Sql::new(
        "UPDATE task_instance SET note = $5 WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4",
    );
    DELETE = Sql::new(
        "DELETE FROM task_instance WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 \
         AND EXISTS (SELECT 1 FROM dag_run r WHERE r.dag_id = $1 AND r.run_id = $2 AND r.state IN ('success', 'failed'))",
    );
    DELETE_XCOMS = Sql::new("DELETE FROM xcom WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4");
    DELETE_HISTORY = Sql::new(
        "DELETE FROM task_instance_history WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4",
    );
}

/// A task of a run. What concerns an attempt is about the newest one.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskInstanceRow {
    /// The task.
    pub key: TaskKey,
    /// The class or kind of task that people see.
    pub operator: String,
    /// Its state; `None` before anything was decided.
    pub state: Option<TaskInstanceState>,
    /// It is retried as long as `try_number` is not more.
    pub max_tries: u32,
    /// When it may be tried again, while it waits for that.
    pub next_try_at: Option<Timestamp>,
    /// Higher goes first.
    pub priority_weight: i64,
    /// Its newest attempt, live or ended.
    pub attempt: Option<AttemptId>,
    /// The number of that try, from 1; 0 before the first.
    pub try_number: u32,
    /// When it was decided last that it may run.
    pub scheduled_at: Option<Timestamp>,
    /// When that was queued.
    pub queued_at: Option<Timestamp>,
    /// When that started.
    pub start_date: Option<Timestamp>,
    /// When that ended, or the task was passed over.
    pub end_date: Option<Timestamp>,
    /// The machine that ran it.
    pub hostname: Option<String>,
    /// The user it ran as.
    pub unixname: Option<String>,
    /// Its worker's process.
    pub pid: Option<u32>,
    /// Its last sign of life.
    pub heartbeat_at: Option<Timestamp>,
    /// How far it says it is.
    pub progress: Option<Value>,
    /// How it ended, in words.
    pub outcome: Option<String>,
    /// What the copy is called, if its task has a name for its copies.
    pub rendered_map_index: Option<String>,
    /// A remark for people.
    pub note: Option<String>,
    /// Of the row that copies share: how many copies there are. Never shown, each copy is.
    pub(crate) mapped_length: Option<u32>,
}

/// One attempt at a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Its id.
    pub attempt: AttemptId,
    /// The number of the try, from 1.
    pub try_number: u32,
    /// How it ended (success, skipped, failed), or the state of its task while it is live.
    pub state: TaskInstanceState,
    /// When it was queued.
    pub queued_at: Option<Timestamp>,
    /// When it started.
    pub start_date: Option<Timestamp>,
    /// When it ended; `None` while it is live.
    pub end_date: Option<Timestamp>,
    /// The machine that ran it.
    pub hostname: Option<String>,
    /// The user it ran as.
    pub unixname: Option<String>,
    /// Its worker's process.
    pub pid: Option<u32>,
    /// How it ended, in words.
    pub outcome: Option<String>,
}

impl Store {
    /// The tasks of a run, by task id and map index, of mapped tasks each copy; none if there is no such run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn task_instances(&self, run: &RunKey) -> Result<Vec<TaskInstanceRow>, StoreError> {
        let query = OF_RUN.bind(run.dag_id.as_str()).bind(run.run_id.as_str());
        let rows = self.db.fetch_all(query).await?;
        let rows: Result<Vec<TaskInstanceRow>, StoreError> = rows
            .iter()
            .map(|row| {
                task_instance(&TableRow {
                    table: "task_instance",
                    row,
                })
            })
            .collect();
        Ok(with_each_copy(rows?))
    }

    /// One task of a run, or one copy of a mapped task; `None` if there is none of that key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn task_instance(&self, key: &TaskKey) -> Result<Option<TaskInstanceRow>, StoreError> {
        if let Some(row) = self.row_of(key).await? {
            return Ok(Some(row).filter(|row| row.mapped_length.is_none()));
        }
        let whole = key.run_key().task(key.task_id.clone(), MapIndex::UNMAPPED);
        let shared = self.row_of(&whole).await?;
        let is_within = |row: &TaskInstanceRow| {
            u32::try_from(key.map_index.0)
                .is_ok_and(|index| row.mapped_length.is_some_and(|length| index < length))
        };
        Ok(shared.filter(is_within).map(|row| row.copy(key.map_index)))
    }

    /// How many copies a mapped task of a run has; `None` if it has none, or is not mapped.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mapped_length(&self, run: &RunKey, task_id: &TaskId) -> Result<Option<u32>, StoreError> {
        let row = self
            .row_of(&run.task(task_id.clone(), MapIndex::UNMAPPED))
            .await?;
        Ok(row.and_then(|row| row.mapped_length))
    }

    async fn row_of(&self, key: &TaskKey) -> Result<Option<TaskInstanceRow>, StoreError> {
        let row = self.db.fetch_optional(bind_key(&ONE, key)).await?;
        row.map(|row| {
            task_instance(&TableRow {
                table: "task_instance",
                row: &row,
            })
        })
        .transpose()
    }

    /// All attempts at a task, the first one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn attempts(&self, key: &TaskKey) -> Result<Vec<AttemptRow>, StoreError> {
        let rows = self.db.fetch_all(bind_key(&ATTEMPTS, key)).await?;
        rows.iter()
            .map(|row| {
                attempt(&TableRow {
                    table: "task_instance_history",
                    row,
                })
            })
            .collect()
    }

    /// Sets the remark on a task of a run, or on one copy; false if there is none of that key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_task_note(&self, key: &TaskKey, note: Option<&str>) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        make_rows(&mut tx, [key]).await?;
        let Some(before) = tx.fetch_optional(bind_key(&NOTE, key)).await? else {
            return Ok(false);
        };
        tx.execute(bind_key(&SET_NOTE, key).bind(note.map(storable)))
            .await?;
        let before = json!({ "note": before.get::<Option<String>>("note")? });
        let told = Note::of_task(key).changing(before, json!({ "note": note }));
        self.note(&mut tx, told).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Deletes a task of a finished run, or one copy, with its attempts and values; false if there is none of that key, or the run is
    /// not over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_task_instance(&self, key: &TaskKey) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let deleted = tx.execute(bind_key(&DELETE, key)).await?;
        if deleted > 0 {
            tx.execute(bind_key(&DELETE_XCOMS, key)).await?;
            tx.execute(bind_key(&DELETE_HISTORY, key)).await?;
            self.note(&mut tx, Note::of_task(key)).await?;
        }
        self.commit_with_changes(tx, (deleted > 0).then(|| Change::Run(key.run_key())))
            .await?;
        Ok(deleted > 0)
    }

    /// The fields of a task's newest attempt after its templates were filled in; `None` before that.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rendered_fields(&self, key: &TaskKey) -> Result<Option<Map<String, Value>>, StoreError> {
        let row = self.db.fetch_optional(bind_key(&RENDERED_FIELDS, key)).await?;
        row.map(|row| {
            TableRow {
                table: "rendered_fields",
                row: &row,
            }
            .json_object("fields")
        })
        .transpose()
    }
}

/// Binds the four columns that name a task as `$1` to `$4`.
pub(crate) fn bind_key<'k>(sql: &'static Sql, key: &'k TaskKey) -> Query<'k> {
    let query = sql.bind(key.dag_id.as_str()).bind(key.run_id.as_str());
    query.bind(key.task_id.as_str()).bind(key.map_index.0)
}

pub(crate) fn task_instance(row: &TableRow<'_>) -> Result<TaskInstanceRow, StoreError> {
    Ok(TaskInstanceRow {
        key: row.task_key()?,
        operator: row.get("operator")?,
        state: row.task_state("state")?,
        max_tries: row.number("max_tries")?,
        next_try_at: row.optional_time("next_try_at")?,
        priority_weight: row.get("priority_weight")?,
        attempt: row.optional_attempt()?,
        try_number: row.number("try_number")?,
        scheduled_at: row.optional_time("scheduled_at")?,
        queued_at: row.optional_time("queued_at")?,
        start_date: row.optional_time("start_date")?,
        end_date: row.optional_time("end_date")?,
        hostname: row.get("hostname")?,
        unixname: row.get("unixname")?,
        pid: row.optional_number("pid")?,
        heartbeat_at: row.optional_time("heartbeat_at")?,
        progress: row.optional_json("progress")?,
        outcome: row.get("outcome")?,
        rendered_map_index: row.get("rendered_map_index")?,
        note: row.get("note")?,
        mapped_length: row.optional_number("mapped_length")?,
    })
}

pub(crate) fn attempt(row: &TableRow<'_>) -> Result<AttemptRow, StoreError> {
    Ok(AttemptRow {
        attempt: row.attempt()?,
        try_number: row.number("try_number")?,
        state: row.parsed("state")?,
        queued_at: row.optional_time("queued_at")?,
        start_date: row.optional_time("start_date")?,
        end_date: row.optional_time("end_date")?,
        hostname: row.get("hostname")?,
        unixname: row.get("unixname")?,
        pid: row.optional_number("pid")?,
        outcome: row.get("outcome")?,
    })
}
