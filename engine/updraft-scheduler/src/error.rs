//! Why the scheduler stops.

use std::error::Error;

use updraft_store::{LeaseError, StoreError};

use crate::dispatcher::TurnError;

/// Why the scheduler could not start, or stopped by itself. Whatever was running is fenced; the next scheduler takes over.
#[derive(Debug, thiserror::Error)]
pub enum SchedulerError {
    /// Another scheduler works on this database.
    #[error("this scheduler may not work on the database")]
    Lease(#[from] LeaseError),
    /// Another scheduler took over, because this one did not renew its lease in time.
    #[error("another scheduler has taken over; this one stops so that nothing is done twice")]
    LeaseLost,
    /// The database does not do what it must at the start.
    #[error("cannot read the database")]
    Store(#[from] StoreError),
}

impl From<TurnError> for SchedulerError {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::LeaseLost => Self::LeaseLost,
            TurnError::Store(error) => Self::Store(error),
        }
    }
}

/// The text of an error and of everything that caused it, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
