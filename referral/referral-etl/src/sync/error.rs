//! Why a sync stopped, and whether trying again can help.

use std::error::Error;

use bullhorn::paging::{PagingError, WindowError};
use bullhorn::{CallError, RequiredFieldsMissing};
use referral_store::{EntityKind, StoreError};

/// Why a run stopped. What was committed stays; the same run id goes on behind it.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// A call to Bullhorn failed.
    #[error("Bullhorn could not be read")]
    Call(#[from] CallError),
    /// A stream of pages stopped: a call failed, or the server does not do what it was asked.
    #[error("Bullhorn could not be read")]
    Paging(#[source] PagingError),
    /// The account lacks fields without which nothing can be synced. Final.
    #[error("the Bullhorn account cannot be synced")]
    Fields(#[from] RequiredFieldsMissing),
    /// Clocks differ too much, or the watermark lies in the future. Final until that is put right.
    #[error("the window of changes cannot be determined")]
    Window(#[from] WindowError),
    /// The application database failed.
    #[error("the application database failed")]
    Store(#[from] StoreError),
    /// A stored cursor was written by another version of this program. Final; a full sync starts anew.
    #[error("the stored position of the run cannot be read; start a full sync with a new run id")]
    Cursor(#[source] serde_json::Error),
    /// Far more records are missing at the source than records are ever deleted. Nothing was deleted. Final.
    #[error(
        "{missing} of {live} {kind}s are missing at the source, which is more than the guard allows ({allowed}); nothing was \
         deleted: check the account, then run a full sync, or raise the limit"
    )]
    TooManyMissing {
        /// What was compared.
        kind: EntityKind,
        /// Records that are here and were not found there.
        missing: u64,
        /// Records that are here.
        live: u64,
        /// How many may be missing.
        allowed: u64,
    },
    /// The calls of the month are used up. Final until the month ends or the limit is raised.
    #[error(
        "{calls} of {limit} calls of this month are used; no sync runs until the month ends or the limit is raised"
    )]
    CallsUsedUp {
        /// Calls made.
        calls: u64,
        /// Calls allowed.
        limit: u64,
    },
    /// The service is shutting down. A later request goes on.
    #[error("the service is stopping; the run goes on with the next request")]
    Stopped,
    /// A thread that cleans records ended without a result: a bug. Final.
    #[error("cleaning a page of records failed")]
    Cleaning(#[source] tokio::task::JoinError),
}

impl SyncError {
    /// Whether the same request may succeed later without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Call(error) => error.is_retryable(),
            Self::Paging(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
            Self::Stopped => true,
            Self::Fields(_)
            | Self::Window(_)
            | Self::Cursor(_)
            | Self::TooManyMissing { .. }
            | Self::CallsUsedUp { .. }
            | Self::Cleaning(_) => false,
        }
    }

    /// Whether Bullhorn refused the credentials: trying them again without a person's doing could lock the account.
    pub fn is_about_credentials(&self) -> bool {
        let call = match self {
            Self::Call(call) | Self::Paging(PagingError::Call(call)) => call,
            Self::Paging(_)
            | Self::Fields(_)
            | Self::Window(_)
            | Self::Store(_)
            | Self::Cursor(_)
            | Self::TooManyMissing { .. }
            | Self::CallsUsedUp { .. }
            | Self::Stopped
            | Self::Cleaning(_) => return false,
        };
        matches!(call, CallError::Login(login) if login.is_about_credentials())
    }

    /// The error with its causes, for a person: `Bullhorn could not be read: cannot log in to Bullhorn: ...`. It holds addresses
    /// without queries, and never a secret.
    pub fn report(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let line = error.to_string();
            if !text.ends_with(&line) {
                text.push_str(": ");
                text.push_str(&line);
            }
            cause = error.source();
        }
        text
    }
}

impl From<PagingError> for SyncError {
    fn from(error: PagingError) -> Self {
        match error {
            PagingError::Call(error) => Self::Call(error),
            other => Self::Paging(other),
        }
    }
}
