//! How a running task reaches the engine.

use futures::future::BoxFuture;
use updraft_protocol::message::{ErrorResponse, ErrorType, ToSupervisor, ToTask};

/// The answer to a request: a message, or nothing but "done".
pub(crate) type Reply = Result<Option<ToTask>, RequestError>;

/// The engine, as one attempt sees it: the supervisor behind a socket, or the one in memory that tests use.
pub(crate) trait Engine: Send + Sync {
    /// Sends a request and waits for its answer.
    fn request(&self, message: ToSupervisor) -> BoxFuture<'_, Reply>;

    /// Sends a message that is not answered.
    fn notify(&self, message: ToSupervisor);
}

/// Why the engine did not do what a task asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The engine said no.
    #[error("{message}")]
    Refused {
        /// What kind of error.
        error: ErrorType,
        /// Its reason.
        message: String,
        /// The number of the reason: 404 if something is not there, 400 if something is wrong.
        status: Option<u16>,
    },
    /// The supervisor is gone, or the attempt is already over.
    #[error("the supervisor cannot be reached: {0}")]
    Disconnected(String),
    /// The message is too large or cannot be written.
    #[error("the request cannot be sent: {0}")]
    Unsendable(String),
    /// A value has another type than the one asked for.
    #[error("{what} is not of the expected type: {reason}")]
    WrongType {
        /// Which value.
        what: String,
        /// What does not fit.
        reason: String,
    },
    /// Something cannot be said about an asset.
    #[error("the event of asset `{asset}`: {reason}")]
    AssetEvent {
        /// The name of the asset.
        asset: String,
        /// Why.
        reason: String,
    },
    /// The answer belongs to another question.
    #[error("an answer that does not fit the request")]
    UnexpectedAnswer,
}

impl RequestError {
    /// Whether a run was not made since there is such a run already.
    pub const fn run_exists(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                error: ErrorType::DagRunAlreadyExists,
                ..
            }
        )
    }

    /// The number of the reason for which the engine said no.
    pub(crate) const fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => *status,
            Self::Disconnected(_)
            | Self::Unsendable(_)
            | Self::WrongType { .. }
            | Self::AssetEvent { .. }
            | Self::UnexpectedAnswer => None,
        }
    }
}

impl From<ErrorResponse> for RequestError {
    fn from(response: ErrorResponse) -> Self {
        let message = match response.message() {
            "" => format!("the engine answers with error {:?}", response.error),
            message => message.to_owned(),
        };
        Self::Refused {
            error: response.error,
            status: response.status(),
            message,
        }
    }
}
