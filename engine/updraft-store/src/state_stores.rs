//! State stores: what tries of a task keep for each other, and what is kept about assets.
//!
//! Attempts write while they are live; the transaction of the write sees to that.

use jiff::Timestamp;
use serde_json::{Value, json};
use updraft_model::{AssetRef, AttemptId, StateStoreEdit, StateStoreOf, TaskKey};
use updraft_sql::{ColumnType, Conflict, Query, Sql, Tx, retry_conflicts, statements};

use crate::assets;
use crate::author::Note;
use crate::error::{StoreError, from_sql};
use crate::order::counted;
use crate::store::Store;
use crate::table::{TableRow, storable, task_row};
use crate::tasks::bind_key;

/// The columns that name a task, of a batch.
const TASK_COLUMNS: [(&str, ColumnType); 4] = [
    ("dag_id", ColumnType::Text),
    ("run_id", ColumnType::Text),
    ("task_id", ColumnType::Text),
    ("map_index", ColumnType::I64),
];

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // On PostgreSQL the attempt must not end before its write is there; SQLite's transaction is the only one.
    LIVE = Sql::per_backend(
        "SELECT dag_id, run_id, task_id, map_index FROM task_instance WHERE attempt_id = $1 AND state = 'running' FOR SHARE",
        "SELECT dag_id, run_id, task_id, map_index FROM task_instance WHERE attempt_id = $1 AND state = 'running'",
    );
    OF_TASK = Sql::new(
        "SELECT dag_id, run_id, task_id, map_index, key, value, updated_at, expires_at FROM task_state_store \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 AND (key = $5 OR $5 IS NULL) \
         ORDER BY key LIMIT $6 OFFSET $7",
    );
    COUNT_OF_TASK = Sql::new(
        "SELECT count(*) AS number FROM task_state_store \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4",
    );
    SET_OF_TASK = Sql::new(
        "INSERT INTO task_state_store (dag_id, run_id, task_id, map_index, key, value, updated_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (dag_id, run_id, task_id, map_index, key) DO UPDATE SET \
             value = excluded.value, updated_at = excluded.updated_at, expires_at = excluded.expires_at",
    );
    CHANGE_OF_TASK = Sql::new(
        "UPDATE task_state_store SET value = $6, updated_at = $7 \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 AND key = $5",
    );
    DELETE_OF_TASK = Sql::new(
        "DELETE FROM task_state_store WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 AND key = $5",
    );
    CLEAR_OF_TASK = Sql::new(
        "DELETE FROM task_state_store WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4",
    );
    CLEAR_OF_COPIES = Sql::new(
        "DELETE FROM task_state_store WHERE dag_id = $1 AND run_id = $2 AND task_id = $3",
    );
    CLEAR_OF_TASKS = Sql::new(
        "DELETE FROM task_state_store WHERE EXISTS (SELECT 1 FROM {batch} \
         WHERE batch.dag_id = task_state_store.dag_id AND batch.run_id = task_state_store.run_id \
           AND batch.task_id = task_state_store.task_id AND batch.map_index = task_state_store.map_index)",
    )
    .batch(&TASK_COLUMNS);
    EXPIRED = Sql::new(
        "SELECT dag_id, run_id, task_id, map_index, key FROM task_state_store \
         WHERE expires_at < $1 ORDER BY dag_id, run_id, task_id, map_index, key LIMIT $2",
    );
    DELETE_EXPIRED = Sql::new(
        "DELETE FROM task_state_store WHERE expires_at < $1 AND EXISTS (SELECT 1 FROM {batch} \
         WHERE batch.dag_id = task_state_store.dag_id AND batch.run_id = task_state_store.run_id \
           AND batch.task_id = task_state_store.task_id AND batch.map_index = task_state_store.map_index \
           AND batch.key = task_state_store.key)",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("key", ColumnType::Text),
    ]);
    OF_ASSET = Sql::new(
        "SELECT key, value, updated_at, dag_id, run_id, task_id, map_index FROM asset_state_store \
         WHERE asset_id = $1 AND (key = $2 OR $2 IS NULL) \
         ORDER BY key LIMIT $3 OFFSET $4",
    );
    COUNT_OF_ASSET = Sql::new("SELECT count(*) AS number FROM asset_state_store WHERE asset_id = $1");
    SET_OF_ASSET = Sql::new(
        "INSERT INTO asset_state_store (asset_id, key, value, updated_at, dag_id, run_id, task_id, map_index) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (asset_id, key) DO UPDATE SET \
             value = excluded.value, updated_at = excluded.updated_at, dag_id = excluded.dag_id, \
             run_id = excluded.run_id, task_id = excluded.task_id, map_index = excluded.map_index",
    );
    DELETE_OF_ASSET = Sql::new("DELETE FROM asset_state_store WHERE asset_id = $1 AND key = $2");
    CLEAR_OF_ASSET = Sql::new("DELETE FROM asset_state_store WHERE asset_id = $1");
}

/// A value that a task keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskStateRow {
    /// Its key.
    pub key: String,
    /// It; never null.
    pub value: Value,
    /// When it was written last.
    pub updated_at: Timestamp,
    /// From when on it may be cleaned away; `None`: never.
    pub expires_at: Option<Timestamp>,
}

/// A value that is kept about an asset.
#[derive(Debug, Clone, PartialEq)]
pub struct AssetStateRow {
    /// Its key.
    pub key: String,
    /// It; never null.
    pub value: Value,
    /// When it was written last.
    pub updated_at: Timestamp,
    /// The task that has written it; `None` if it came by the API.
    pub writer: Option<TaskKey>,
}

/// A value that may be cleaned away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredState {
    /// Whose it is.
    pub task: TaskKey,
    /// Its key.
    pub key: String,
}

/// Why a state store is not as an attempt wants it.
#[derive(Debug, thiserror::Error)]
pub enum StateStoreError {
    /// The attempt has ended, or was replaced. Final.
    #[error("attempt `{attempt}` is not live any more")]
    NotLive {
        /// The attempt.
        attempt: AttemptId,
    },
    /// No active DAG names such an asset. Final until one does.
    #[error("no DAG names an asset `{asset}`")]
    UnknownAsset {
        /// Which.
        asset: AssetRef,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(StateStoreError);

impl Conflict for StateStoreError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::Store(error) => error.is_conflict(),
            Self::NotLive { .. } | Self::UnknownAsset { .. } => false,
        }
    }
}

impl Store {
    /// The value that a task finds in a state store; `None` if there is none under the key. One that has expired is there until it
    /// is cleaned away.
    ///
    /// # Errors
    /// [`StateStoreError::UnknownAsset`] and [`StateStoreError::Store`].
    pub async fn state_value(
        &self,
        task: &TaskKey,
        of: &StateStoreOf,
        key: &str,
    ) -> Result<Option<Value>, StateStoreError> {
        match of {
            StateStoreOf::Task => Ok(self.task_state(task, key).await?.map(|row| row.value)),
            StateStoreOf::Asset(asset) => {
                let mut tx = self.db.begin_read().await?;
                let asset_id = active(&mut tx, asset).await?;
                tx.rollback().await?;
                Ok(self.asset_state(asset_id, key).await?.map(|row| row.value))
            }
        }
    }

    /// Changes a state store for an attempt, in whose name it is written.
    ///
    /// # Errors
    /// [`StateStoreError`]; nothing was changed then.
    pub async fn edit_state_store(
        &self,
        attempt: AttemptId,
        (of, edit): (&StateStoreOf, &StateStoreEdit),
        now: Timestamp,
    ) -> Result<(), StateStoreError> {
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let Some(row) = tx.fetch_optional(LIVE.bind(attempt.0)).await? else {
                return Err(StateStoreError::NotLive { attempt });
            };
            let task = of_table("task_instance", &row).task_key()?;
            let query = match of {
                StateStoreOf::Task => edit_of_task(&task, edit, now),
                StateStoreOf::Asset(asset) => {
                    let asset_id = active(&mut tx, asset).await?;
                    edit_of_asset(asset_id, Some(&task), edit, now)
                }
            };
            tx.execute(query).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// A value that a task keeps.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn task_state(&self, task: &TaskKey, key: &str) -> Result<Option<TaskStateRow>, StoreError> {
        let query = bind_key(&OF_TASK, task).bind(storable(key)).bind(1).bind(0);
        let row = self.db.fetch_optional(query).await?;
        row.map(|row| task_state(&of_table("task_state_store", &row)))
            .transpose()
    }

    /// What a task keeps, by key: at most `limit` from the `offset`-th on; and how many there are in all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn task_states_kept(
        &self,
        task: &TaskKey,
        (offset, limit): (u32, u32),
    ) -> Result<(Vec<TaskStateRow>, u64), StoreError> {
        let query = bind_key(&OF_TASK, task)
            .bind(None::<String>)
            .bind(limit)
            .bind(offset);
        let rows = self.db.fetch_all(query).await?;
        let rows = rows
            .iter()
            .map(|row| task_state(&of_table("task_state_store", row)));
        let rows = rows.collect::<Result<_, _>>()?;
        let count = self.db.fetch_optional(bind_key(&COUNT_OF_TASK, task)).await?;
        let count = count.map(|row| counted("task_state_store", &row)).transpose()?;
        Ok((rows, count.unwrap_or_default()))
    }

    /// Changes what a task keeps, in nobody's attempt.
    ///
    /// # Errors
    /// [`StoreError`]; also if there is no such run.
    pub async fn edit_task_state(
        &self,
        task: &TaskKey,
        edit: &StateStoreEdit,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute(edit_of_task(task, edit, now)).await?;
        self.note(&mut tx, Note::of_task(task).telling(told(edit)))
            .await?;
        Ok(tx.commit().await?)
    }

    /// Gives a key that a task keeps another value, and leaves when it expires; false if there is no such key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_task_state(
        &self,
        task: &TaskKey,
        (key, value): (&str, &Value),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let query = bind_key(&CHANGE_OF_TASK, task).bind(storable(key));
        let is_there = tx
            .execute(query.bind(storable(&value.to_string())).bind(now))
            .await?
            > 0;
        if is_there {
            let note = Note::of_task(task).telling(json!({ "key": key }));
            self.note(&mut tx, note).await?;
        }
        tx.commit().await?;
        Ok(is_there)
    }

    /// Takes away what all copies of a task keep in a run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clear_states_of_copies(&self, task: &TaskKey) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let query = CLEAR_OF_COPIES
            .bind(task.dag_id.as_str())
            .bind(task.run_id.as_str());
        tx.execute(query.bind(task.task_id.as_str())).await?;
        let note = Note::of_task(task).telling(json!({ "all_map_indices": true }));
        self.note(&mut tx, note).await?;
        Ok(tx.commit().await?)
    }

    /// What tasks keep that has expired: at most `max`, in the order of the tasks.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn expired_states(&self, now: Timestamp, max: u32) -> Result<Vec<ExpiredState>, StoreError> {
        let rows = self.db.fetch_all(EXPIRED.bind(now).bind(max)).await?;
        rows.iter().map(expired).collect()
    }

    /// Deletes at most `max` of what has expired, and tells how many were deleted; fewer than `max` means that nothing is left.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_expired_states(&self, now: Timestamp, max: u32) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let rows = tx.fetch_all(EXPIRED.bind(now).bind(max)).await?;
        let found: Vec<ExpiredState> = rows.iter().map(expired).collect::<Result<_, _>>()?;
        if found.is_empty() {
            return Ok(0);
        }
        let batch = found.iter().map(|one| task_row!(one.task, &one.key));
        let deleted = tx.execute(DELETE_EXPIRED.bind(now).rows(batch)).await?;
        self.note(&mut tx, Note::of(json!({ "deleted": deleted })))
            .await?;
        tx.commit().await?;
        Ok(deleted)
    }

    /// A value that is kept about the asset of a number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn asset_state(&self, asset_id: i64, key: &str) -> Result<Option<AssetStateRow>, StoreError> {
        let query = OF_ASSET.bind(asset_id).bind(storable(key)).bind(1).bind(0);
        let row = self.db.fetch_optional(query).await?;
        row.map(|row| asset_state(&of_table("asset_state_store", &row)))
            .transpose()
    }

    /// What is kept about the asset of a number, by key: at most `limit` from the `offset`-th on; and how many there are in all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn asset_states_kept(
        &self,
        asset_id: i64,
        (offset, limit): (u32, u32),
    ) -> Result<(Vec<AssetStateRow>, u64), StoreError> {
        let query = OF_ASSET
            .bind(asset_id)
            .bind(None::<String>)
            .bind(limit)
            .bind(offset);
        let rows = self.db.fetch_all(query).await?;
        let rows = rows
            .iter()
            .map(|row| asset_state(&of_table("asset_state_store", row)));
        let rows = rows.collect::<Result<_, _>>()?;
        let count = self.db.fetch_optional(COUNT_OF_ASSET.bind(asset_id)).await?;
        let count = count.map(|row| counted("asset_state_store", &row)).transpose()?;
        Ok((rows, count.unwrap_or_default()))
    }

    /// Changes what is kept about the asset of a number, in nobody's attempt.
    ///
    /// # Errors
    /// [`StoreError`]; also if there is no such asset.
    pub async fn edit_asset_state(
        &self,
        asset_id: i64,
        edit: &StateStoreEdit,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute(edit_of_asset(asset_id, None, edit, now)).await?;
        let note = Note::of(json!({ "asset_id": asset_id })).telling(told(edit));
        self.note(&mut tx, note).await?;
        Ok(tx.commit().await?)
    }
}

/// Takes away what tasks keep.
pub(crate) async fn clear_states<'k>(
    tx: &mut Tx,
    tasks: impl IntoIterator<Item = &'k TaskKey>,
) -> Result<(), StoreError> {
    let mut rows = tasks.into_iter().map(|key| task_row!(key)).peekable();
    if rows.peek().is_some() {
        tx.execute(CLEAR_OF_TASKS.rows(rows)).await?;
    }
    Ok(())
}

/// What an edit is in the event log: values may be secret, and do not stand there.
fn told(edit: &StateStoreEdit) -> Value {
    match edit {
        StateStoreEdit::Set { key, .. } | StateStoreEdit::Delete { key } => json!({ "key": key }),
        StateStoreEdit::Clear => json!({}),
    }
}

/// The number of an asset that an active DAG names.
async fn active(tx: &mut Tx, asset: &AssetRef) -> Result<i64, StateStoreError> {
    let found = assets::active_id(tx, asset).await?;
    found.ok_or_else(|| StateStoreError::UnknownAsset { asset: asset.clone() })
}

fn edit_of_task<'q>(task: &'q TaskKey, edit: &StateStoreEdit, now: Timestamp) -> Query<'q> {
    match edit {
        StateStoreEdit::Set {
            key,
            value,
            expires_at,
        } => bind_key(&SET_OF_TASK, task)
            .bind(storable(key))
            .bind(storable(&value.to_string()))
            .bind(now)
            .bind(*expires_at),
        StateStoreEdit::Delete { key } => bind_key(&DELETE_OF_TASK, task).bind(storable(key)),
        StateStoreEdit::Clear => bind_key(&CLEAR_OF_TASK, task),
    }
}

fn edit_of_asset<'q>(
    asset_id: i64,
    writer: Option<&'q TaskKey>,
    edit: &StateStoreEdit,
    now: Timestamp,
) -> Query<'q> {
    match edit {
        StateStoreEdit::Set { key, value, .. } => SET_OF_ASSET
            .bind(asset_id)
            .bind(storable(key))
            .bind(storable(&value.to_string()))
            .bind(now)
            .bind(writer.map(|task| task.dag_id.as_str()))
            .bind(writer.map(|task| task.run_id.as_str()))
            .bind(writer.map(|task| task.task_id.as_str()))
            .bind(writer.map(|task| i64::from(task.map_index.0))),
        StateStoreEdit::Delete { key } => DELETE_OF_ASSET.bind(asset_id).bind(storable(key)),
        StateStoreEdit::Clear => CLEAR_OF_ASSET.bind(asset_id),
    }
}

fn of_table<'r>(table: &'static str, row: &'r updraft_sql::Row) -> TableRow<'r> {
    TableRow { table, row }
}

fn task_state(row: &TableRow<'_>) -> Result<TaskStateRow, StoreError> {
    Ok(TaskStateRow {
        key: row.get("key")?,
        value: row.json("value")?,
        updated_at: row.time("updated_at")?,
        expires_at: row.optional_time("expires_at")?,
    })
}

fn asset_state(row: &TableRow<'_>) -> Result<AssetStateRow, StoreError> {
    let is_of_task = row.get::<Option<String>>("dag_id")?.is_some();
    Ok(AssetStateRow {
        key: row.get("key")?,
        value: row.json("value")?,
        updated_at: row.time("updated_at")?,
        writer: is_of_task.then(|| row.task_key()).transpose()?,
    })
}

fn expired(row: &updraft_sql::Row) -> Result<ExpiredState, StoreError> {
    let row = of_table("task_state_store", row);
    Ok(ExpiredState {
        task: row.task_key()?,
        key: row.get("key")?,
    })
}
