//! `XComs`: values that tasks leave for other tasks. Only a live attempt writes them, see [`crate::AttemptWriteKind`].

use jiff::Timestamp;
use serde_json::Value;
use updraft_model::{RunKey, TaskId, TaskKey};
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
           AND coalesce(r.logical_date, r.run_after) <= \
               (SELECT coalesce(logical_date, run_after) FROM dag_run WHERE dag_id = $1 AND run_id = $2) \
           AND x.task_id = $3 AND x.map_index = $4 AND x.key = $5 \
         ORDER BY coalesce(r.logical_date, r.run_after) DESC \
         LIMIT 1",
    );
    // What copies left, in the order of their indexes.
    COUNT = Sql::new(
        "SELECT count(*) AS number FROM xcom \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index >= 0 AND key = $4",
    );
    SLICE = Sql::new(
        "SELECT dag_id, run_id, task_id, key, value, set_at FROM xcom \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index >= 0 AND key = $4 \
         ORDER BY map_index \
         LIMIT $5 OFFSET $6",
    );
    SINCE = Sql::new(
        "SELECT dag_id, run_id, task_id, key, CASE WHEN set_at = $6 THEN NULL ELSE value END AS value, set_at FROM xcom \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 AND key = $5",
    );
    // A run has few values, or few under one key.
    NEWEST = Sql::new(
        "SELECT dag_id, run_id, task_id, key, value, set_at FROM xcom \
         WHERE dag_id = $1 AND run_id = $2 AND key = $3 \
         ORDER BY set_at DESC, task_id DESC, map_index DESC \
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

/// A value, for somebody who may have it already.
#[derive(Debug, Clone, PartialEq)]
pub struct XComSince {
    /// When it was written.
    pub set_at: Timestamp,
    /// The value; `None` if it is the known one.
    pub value: Option<Value>,
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

    /// The newest value that a task of a run left under a key, whichever task it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest_xcom(&self, run: &RunKey, key: &str) -> Result<Option<Value>, StoreError> {
        let query = NEWEST.bind(run.dag_id.as_str()).bind(run.run_id.as_str());
        self.read_xcom(query.bind(key)).await
    }

    /// As [`Store::xcom`], but without the value if it is still the one that was written at `known`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn xcom_since(
        &self,
        task: &TaskKey,
        key: &str,
        known: Option<Timestamp>,
    ) -> Result<Option<XComSince>, StoreError> {
        let query = bind_key(&SINCE, task).bind(key).bind(known);
        let row = self.db.fetch_optional(query).await?;
        row.map(|row| {
            let row = TableRow {
                table: "xcom",
                row: &row,
            };
            Ok(XComSince {
                set_at: row.time("set_at")?,
                value: row.optional_json("value")?,
            })
        })
        .transpose()
    }

    /// How many copies of a task have left a value under a key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn xcom_count(&self, run: &RunKey, task_id: &TaskId, key: &str) -> Result<u64, StoreError> {
        let query = COUNT.bind(run.dag_id.as_str()).bind(run.run_id.as_str());
        let row = self
            .db
            .fetch_optional(query.bind(task_id.as_str()).bind(key))
            .await?;
        row.map_or(Ok(0), |row| {
            TableRow {
                table: "xcom",
                row: &row,
            }
            .number("number")
        })
    }

    /// The values that copies of a task have left under a key, in the order of their indexes: at most so many, from the
    /// `offset`-th on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn xcom_slice(
        &self,
        run: &RunKey,
        task_id: &TaskId,
        key: &str,
        (offset, count): (u64, u64),
    ) -> Result<Vec<Value>, StoreError> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let query = SLICE.bind(run.dag_id.as_str()).bind(run.run_id.as_str());
        let query = query
            .bind(task_id.as_str())
            .bind(key)
            .bind(number(count))
            .bind(number(offset));
        let rows = self.db.fetch_all(query).await?;
        rows.iter()
            .map(|row| TableRow { table: "xcom", row }.json("value"))
            .collect()
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
