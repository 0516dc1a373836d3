//! What can go wrong in the store.

use updraft_sql::{Conflict, MigrateError, OpenError, SqlError};

/// A read or write of the metadata database failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database did not do it; [`SqlError`] says in words for people why, and whether a retry helps.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// A row holds what no version of this program writes. Final.
    #[error(transparent)]
    Row(#[from] InvalidRow),
}

/// A row of the database that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("row `{key}` of table `{table}` is damaged: column `{column}` {problem}")]
pub struct InvalidRow {
    /// The table.
    pub table: &'static str,
    /// The row, by the columns that name it.
    pub key: String,
    /// The column.
    pub column: String,
    /// What is wrong with its value.
    pub problem: String,
}

/// The database could not be opened, migrated or checked.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// It could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its schema is not the one of this program.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The tables were made, but the default pool did not get its slots; `updraft pools set` gives them.
    #[error("the default pool did not get the slots of `[core] default_pool_task_slot_count`")]
    DefaultPool(#[source] StoreError),
    /// The tables were made or changed, but the event log does not say so.
    #[error("the tables are ready, but the event log could not be written")]
    EventLog(#[source] StoreError),
}

/// A write under the lease failed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Another scheduler has taken the lease: this one must stop. Nothing was written.
    #[error("the lease was taken over by another scheduler")]
    LeaseLost,
    /// Reading or writing failed. Nothing was written, unless the connection was lost during the commit.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoreError {
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Sql(error) => error.is_retryable(),
            Self::Row(_) => false,
        }
    }
}

impl Conflict for StoreError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::Sql(error) => error.is_conflict(),
            Self::Row(_) => false,
        }
    }
}

impl Conflict for WriteError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::LeaseLost => false,
            Self::Store(error) => error.is_conflict(),
        }
    }
}

/// Lets `?` turn an error of a statement into the error of an operation.
macro_rules! from_sql {
    ($($error:ty),+) => {$(
        impl From<updraft_sql::SqlError> for $error {
            fn from(error: updraft_sql::SqlError) -> Self {
                Self::Store(error.into())
            }
        }
    )+};
}
pub(crate) use from_sql;

from_sql!(WriteError);
