//! Values of tasks that people and programs write, and not an attempt.

use jiff::Timestamp;
use serde_json::{Value, json};
use updraft_model::TaskKey;
use updraft_sql::{Query, Sql, statements};

use crate::author::Note;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::storable;
use crate::tasks::bind_key;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    CREATE = Sql::new(
        "INSERT INTO xcom (dag_id, run_id, task_id, map_index, key, value, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (dag_id, run_id, task_id, map_index, key) DO NOTHING",
    );
    CHANGE = Sql::new(
        "UPDATE xcom SET value = $6, set_at = $7 \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 AND key = $5",
    );
    DELETE = Sql::new(
        "DELETE FROM xcom WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 AND key = $5",
    );
}

/// What became of a value that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XComWritten {
    /// It was.
    Done,
    /// There is one that was to be made, or none that was to be changed.
    Not,
    /// Its JSON is longer than so many bytes.
    TooLong(usize),
}

impl Store {
    /// Writes a value that there is not yet.
    ///
    /// # Errors
    /// [`StoreError`]; also if there is no such run.
    pub async fn create_xcom(
        &self,
        task: &TaskKey,
        (key, value): (&str, &Value),
        now: Timestamp,
    ) -> Result<XComWritten, StoreError> {
        self.write_xcom(&CREATE, task, (key, value), now).await
    }

    /// Writes a value in the place of one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_xcom(
        &self,
        task: &TaskKey,
        (key, value): (&str, &Value),
        now: Timestamp,
    ) -> Result<XComWritten, StoreError> {
        self.write_xcom(&CHANGE, task, (key, value), now).await
    }

    async fn write_xcom(
        &self,
        sql: &'static Sql,
        task: &TaskKey,
        (key, value): (&str, &Value),
        now: Timestamp,
    ) -> Result<XComWritten, StoreError> {
        let text = storable(&value.to_string());
        if text.len() > self.options.xcom_bytes_max {
            return Ok(XComWritten::TooLong(self.options.xcom_bytes_max));
        }
        let query = bind_key(sql, task).bind(storable(key)).bind(text).bind(now);
        Ok(if self.change_xcom_row(query, task, key).await? {
            XComWritten::Done
        } else {
            XComWritten::Not
        })
    }

    /// Deletes a value; false if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_xcom(&self, task: &TaskKey, key: &str) -> Result<bool, StoreError> {
        let query = bind_key(&DELETE, task).bind(storable(key));
        self.change_xcom_row(query, task, key).await
    }

    /// Values may be secret, and stand in no event log.
    async fn change_xcom_row(&self, query: Query<'_>, task: &TaskKey, key: &str) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let is_changed = tx.execute(query).await? > 0;
        if is_changed {
            let note = Note::of_task(task).telling(json!({ "key": key }));
            self.note(&mut tx, note).await?;
        }
        tx.commit().await?;
        Ok(is_changed)
    }
}
