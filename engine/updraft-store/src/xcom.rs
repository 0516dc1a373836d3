//! `XComs`: values that tasks leave for other tasks. Only a live attempt writes them, see [`crate::AttemptWriteKind`].

use jiff::Timestamp;
use serde_json::Value;
use updraft_model::TaskKey;
use updraft_sql::{Query, Sql, statements};

use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;
use crate::tasks::bind_key;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ONE = Sql::new(
        "SELECT dag_id, run_id, task_id, key, value, set_at FROM xcom \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 AND key = $5",
    );
    PRIOR = Sql::new(
        "SELECT x.dag_id, x.run_id, x.task_id, x.key, x.value, x.set_at \
         FROM dag_run r \
         JOIN xcom x ON x.dag_id = r.dag_id AND x.run_id = r.run_id \
         WHERE r.dag_id = $1 \
           AND r.logical_date <= (SELECT logical_date FROM dag_run WHERE dag_id = $1 AND run_id = $2) \
           AND x.task_id = $3 AND x.map_index = $4 AND x.key = $5 \
         ORDER BY r.logical_date DESC \
         LIMIT 1",
    );
    OF_TASK = Sql::new(
        "SELECT dag_id, run_id, task_id, key, value, set_at FROM xcom \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 \
         ORDER BY key",
    );
}

/// A value that a task left.
#[derive(Debug, Clone, PartialEq)]
pub struct XComRow {
    /// Its key; `return_value` for what the task returned.
    pub key: String,
    /// The value.
    pub value: Value,
    /// When it was written.
    pub set_at: Timestamp,
}

impl Store {
    /// The value that a task of a run left under a key; `None` if there is none. A value of JSON `null` is `Some`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn xcom(&self, task: &TaskKey, key: &str) -> Result<Option<Value>, StoreError> {
        self.read_xcom(bind_key(&ONE, task).bind(key)).await
    }

    /// As [`Store::xcom`], but if the run has none, that of the newest run with an earlier logical date.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn xcom_or_prior(&self, task: &TaskKey, key: &str) -> Result<Option<Value>, StoreError> {
        self.read_xcom(bind_key(&PRIOR, task).bind(key)).await
    }

    /// Everything that a task of a run left, by key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn xcoms(&self, task: &TaskKey) -> Result<Vec<XComRow>, StoreError> {
        let rows = self.db.fetch_all(bind_key(&OF_TASK, task)).await?;
        rows.iter()
            .map(|row| {
                let row = TableRow { table: "xcom", row };
                Ok(XComRow {
                    key: row.get("key")?,
                    value: row.json("value")?,
                    set_at: row.time("set_at")?,
                })
            })
            .collect()
    }

    async fn read_xcom(&self, query: Query<'_>) -> Result<Option<Value>, StoreError> {
        let row = self.db.fetch_optional(query).await?;
        row.map(|row| {
            TableRow {
                table: "xcom",
                row: &row,
            }
            .json("value")
        })
        .transpose()
    }
}
