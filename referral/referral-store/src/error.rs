//! What can go wrong in the application database.

use updraft_sql::{Conflict, MigrateError, OpenError, SqlError};

use crate::{EntityKind, RunId};

/// Why an operation on the application database failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The schema could not be brought up to date, or is newer than this program. Final.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// A statement failed; [`SqlError::is_retryable`] says whether a retry may help.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// A stored row does not read as what this program writes. Final.
    #[error("table `{table}` holds an unusable row `{key}`: {what}")]
    InvalidRow {
        /// The table.
        table: &'static str,
        /// The row.
        key: String,
        /// What is wrong.
        what: String,
    },
    /// Another run took over this kind of record, or another process works on the same run: nothing was written. A retry
    /// finds out where things stand.
    #[error("the sync of {kind}s in run `{run_id}` was continued elsewhere; ask again to join it")]
    Superseded {
        /// What was synced.
        kind: EntityKind,
        /// The run that lost.
        run_id: RunId,
    },
}

impl StoreError {
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Open(OpenError::Sql(error))
            | Self::Migrate(MigrateError::Sql(error))
            | Self::Sql(error) => error.is_retryable(),
            Self::Superseded { .. } => true,
            Self::Open(_) | Self::Migrate(_) | Self::InvalidRow { .. } => false,
        }
    }
}

impl Conflict for StoreError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Sql(error) if error.is_conflict())
    }
}
