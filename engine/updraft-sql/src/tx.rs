//! Transactions.

use std::sync::Arc;

use sqlx::{Postgres, Sqlite, Transaction};

use crate::db::{Db, on_backend};
use crate::error::SqlError;
use crate::row::Row;
use crate::statement::Query;

/// A transaction. It is rolled back when it is dropped without [`Tx::commit`].
///
/// On SQLite a writing transaction holds the only write connection: never await anything but the database inside.
#[derive(Debug)]
pub struct Tx {
    inner: TxInner,
    place: Arc<str>,
}

#[derive(Debug)]
pub(crate) enum TxInner {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, Sqlite>),
}

impl Tx {
    pub(crate) async fn begin(db: &Db) -> Result<Self, SqlError> {
        let begun = match db {
            Db::Postgres(db) => db.pool.begin().await.map(TxInner::Postgres),
            Db::Sqlite(db) => db.writer.begin_with("BEGIN IMMEDIATE").await.map(TxInner::Sqlite),
        };
        Self::new(begun, db.place_arc())
    }

    pub(crate) async fn begin_read(db: &Db) -> Result<Self, SqlError> {
        let begun = match db {
            Db::Postgres(db) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                db.pool.begin_with(begin).await.map(TxInner::Postgres)
            }
            Db::Sqlite(db) => db.readers.begin().await.map(TxInner::Sqlite),
        };
        Self::new(begun, db.place_arc())
    }

    fn new(begun: Result<TxInner, sqlx::Error>, place: &Arc<str>) -> Result<Self, SqlError> {
        match begun {
            Ok(inner) => Ok(Self {
                inner,
                place: Arc::clone(place),
            }),
            Err(error) => Err(SqlError::of(error, "begin", place)),
        }
    }

    /// The driver's transaction, for what is no catalogue statement: migrations and inspection.
    pub(crate) fn inner(&mut self) -> &mut TxInner {
        &mut self.inner
    }

    pub(crate) fn place(&self) -> &Arc<str> {
        &self.place
    }

    /// Runs a statement that writes. Returns the number of rows written.
    ///
    /// # Errors
    /// [`SqlError`]; the transaction should then be dropped.
    pub async fn execute(&mut self, query: Query<'_>) -> Result<u64, SqlError> {
        on_backend!(
            &mut self.inner, &self.place, query, execute, |result| result.rows_affected(),
            TxInner::Postgres(tx) => &mut **tx, TxInner::Sqlite(tx) => &mut **tx,
        )
    }

    /// Reads all rows, also those of a `RETURNING`.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub async fn fetch_all(&mut self, query: Query<'_>) -> Result<Vec<Row>, SqlError> {
        on_backend!(
            &mut self.inner, &self.place, query, fetch_all, |rows| rows.into_iter().map(Row::from).collect(),
            TxInner::Postgres(tx) => &mut **tx, TxInner::Sqlite(tx) => &mut **tx,
        )
    }

    /// Reads the first row, if there is one.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub async fn fetch_optional(&mut self, query: Query<'_>) -> Result<Option<Row>, SqlError> {
        on_backend!(
            &mut self.inner, &self.place, query, fetch_optional, |row| row.map(Row::from),
            TxInner::Postgres(tx) => &mut **tx, TxInner::Sqlite(tx) => &mut **tx,
        )
    }

    /// Reads the one row that the statement always gives, such as a count.
    ///
    /// # Errors
    /// As [`Tx::execute`]; [`crate::SqlErrorKind::InvalidRow`] if there is none.
    pub async fn fetch_one(&mut self, query: Query<'_>) -> Result<Row, SqlError> {
        on_backend!(
            &mut self.inner, &self.place, query, fetch_one, |row| Row::from(row),
            TxInner::Postgres(tx) => &mut **tx, TxInner::Sqlite(tx) => &mut **tx,
        )
    }

    /// Makes the changes last and visible to others.
    ///
    /// # Errors
    /// [`SqlError`]. A [`crate::SqlErrorKind::Conflict`] means that nothing was changed; after
    /// [`crate::SqlErrorKind::Unreachable`] it is unknown.
    pub async fn commit(self) -> Result<(), SqlError> {
        match self.inner {
            TxInner::Postgres(tx) => tx.commit().await,
            TxInner::Sqlite(tx) => tx.commit().await,
        }
        .map_err(|error| SqlError::of(error, "commit", &self.place))
    }

    /// Takes the changes back, and waits until that is done.
    ///
    /// # Errors
    /// [`SqlError`].
    pub async fn rollback(self) -> Result<(), SqlError> {
        match self.inner {
            TxInner::Postgres(tx) => tx.rollback().await,
            TxInner::Sqlite(tx) => tx.rollback().await,
        }
        .map_err(|error| SqlError::of(error, "rollback", &self.place))
    }
}
