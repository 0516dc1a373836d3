//! Pools: how many slots tasks share.

use serde_json::{Value, json};
use updraft_model::Pool;
use updraft_sql::{Conflict, Sql, Tx, statements};

use crate::author::Note;
use crate::changes::Change;
use crate::error::{StoreError, from_sql};
use crate::store::Store;
use crate::table::{TableRow, storable};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ALL = Sql::new("SELECT pool, slots, description, include_deferred FROM slot_pool ORDER BY pool");
    ONE = Sql::new("SELECT pool, slots, description, include_deferred FROM slot_pool WHERE pool = $1");
    SET = Sql::new(
        "INSERT INTO slot_pool (pool, slots, description, include_deferred) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (pool) DO UPDATE SET \
             slots = excluded.slots, description = excluded.description, include_deferred = excluded.include_deferred",
    );
    DELETE = Sql::new("DELETE FROM slot_pool WHERE pool = $1");
    RESIZE = Sql::new("UPDATE slot_pool SET slots = $2 WHERE pool = $1");
}

/// Why a pool was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The default pool is always there. Final.
    #[error("pool `{}` cannot be deleted, tasks that name no pool use it", Pool::DEFAULT)]
    Default,
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(PoolError);

impl Conflict for PoolError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

impl Store {
    /// Gives the default pool, which has just been made, the slots that the options say.
    pub(crate) async fn size_default_pool(&self) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute(RESIZE.bind(Pool::DEFAULT).bind(self.options.default_pool_slots))
            .await?;
        Ok(tx.commit().await?)
    }

    /// Every pool, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pools(&self) -> Result<Vec<Pool>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let pools = read_pools(&mut tx).await?;
        tx.rollback().await?;
        Ok(pools)
    }

    /// One pool; `None` if there is none of that name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pool(&self, name: &str) -> Result<Option<Pool>, StoreError> {
        let row = self.db.fetch_optional(ONE.bind(name)).await?;
        row.map(|row| pool(&row)).transpose()
    }

    /// Makes a pool or changes it, whichever is needed. What runs goes on, also in a pool that becomes too small.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_pool(&self, pool: &Pool) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let before = told(&mut tx, &pool.name).await?;
        let query = SET.bind(storable(&pool.name)).bind(pool.slots);
        tx.execute(
            query
                .bind(storable(&pool.description))
                .bind(pool.include_deferred),
        )
        .await?;
        let note = Note::of(json!({ "name": pool.name })).changing(before, tell(pool));
        self.note(&mut tx, note).await?;
        self.commit_with_changes(tx, [Change::Pools]).await
    }

    /// Deletes a pool; false if there was none. Its tasks wait until there is one of that name again.
    ///
    /// # Errors
    /// [`PoolError`]; nothing was deleted then.
    pub async fn delete_pool(&self, name: &str) -> Result<bool, PoolError> {
        if name == Pool::DEFAULT {
            return Err(PoolError::Default);
        }
        let mut tx = self.db.begin().await?;
        let before = told(&mut tx, name).await?;
        let deleted = tx.execute(DELETE.bind(name)).await?;
        if deleted > 0 {
            let note = Note::of(json!({ "name": name })).changing(before, Value::Null);
            self.note(&mut tx, note).await?;
        }
        self.commit_with_changes(tx, (deleted > 0).then_some(Change::Pools))
            .await?;
        Ok(deleted > 0)
    }
}

/// A pool as the event log tells it.
fn tell(pool: &Pool) -> Value {
    json!({
        "slots": pool.slots,
        "description": pool.description,
        "include_deferred": pool.include_deferred,
    })
}

/// The pool of that name, if there is one, as the event log tells it.
async fn told(tx: &mut Tx, name: &str) -> Result<Value, StoreError> {
    let row = tx.fetch_optional(ONE.bind(storable(name))).await?;
    let found = row.map(|row| pool(&row)).transpose()?;
    Ok(found.as_ref().map_or(Value::Null, tell))
}

pub(crate) async fn read_pools(tx: &mut Tx) -> Result<Vec<Pool>, StoreError> {
    tx.fetch_all(ALL.query()).await?.iter().map(pool).collect()
}

fn pool(row: &updraft_sql::Row) -> Result<Pool, StoreError> {
    let row = TableRow {
        table: "slot_pool",
        row,
    };
    Ok(Pool {
        name: row.get("pool")?,
        slots: row.number("slots")?,
        description: row.get("description")?,
        include_deferred: row.get("include_deferred")?,
    })
}
