//! Why a stream of pages stopped.

use jiff::Timestamp;

use crate::call_error::CallError;
use crate::entity::Entity;

/// Why a stream of pages stopped. All but [`PagingError::Call`] mean that the server does not do what it was asked:
/// going on would lose records in silence.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PagingError {
    /// A call failed; the stream can be resumed at the last cursor if that is retryable.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A page sorted by id came in another order, or began below what was asked for.
    #[error("{entity} came out of order: id {next} after {previous}, though sorted by id")]
    IdsOutOfOrder {
        /// The entity.
        entity: Entity,
        /// The id before.
        previous: i64,
        /// The id that should be greater.
        next: i64,
    },
    /// A page sorted by date came in another order.
    #[error("{entity} {id} came out of order: changed {modified}, though sorted by date")]
    DatesOutOfOrder {
        /// The entity.
        entity: Entity,
        /// The record.
        id: i64,
        /// Its date, which is before that of the record before it.
        modified: Timestamp,
    },
    /// A record came that had not changed in the window.
    #[error(
        "{entity} {id} changed {modified}, before the window that begins {lower}; the date filter is ignored"
    )]
    BeforeWindow {
        /// The entity.
        entity: Entity,
        /// The record.
        id: i64,
        /// When it changed.
        modified: Timestamp,
        /// Where the window begins.
        lower: Timestamp,
    },
    /// As many records are in the window as exist, and as many before it: the date filter has no effect.
    #[error("the date filter is ignored: all {total} of {entity} seem to have changed since {lower}")]
    FilterIgnored {
        /// The entity.
        entity: Entity,
        /// How many exist.
        total: u64,
        /// Where the window begins.
        lower: Timestamp,
    },
    /// No row of a page has an id, so that nothing tells where the next page begins.
    #[error("no row of a page of {entity} has an id; the next page cannot be found")]
    NoIds {
        /// The entity.
        entity: Entity,
    },
}

impl PagingError {
    /// Whether resuming the stream at the last cursor may succeed without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Call(error) => error.is_retryable(),
            Self::IdsOutOfOrder { .. }
            | Self::DatesOutOfOrder { .. }
            | Self::BeforeWindow { .. }
            | Self::FilterIgnored { .. }
            | Self::NoIds { .. } => false,
        }
    }
}
