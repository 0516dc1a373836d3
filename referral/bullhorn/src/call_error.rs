//! Why a call gave no usable answer. Whether trying again later can help is in the type.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use crate::error::RequestError;
use crate::login::LoginError;
use crate::redact::Place;

/// Why a call to Bullhorn failed. The client has already retried whatever a retry within seconds can mend.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// There is no session. [`LoginError::is_retryable`] tells whether to try again.
    #[error("cannot log in to Bullhorn")]
    Login(#[source] Arc<LoginError>),
    /// The session was refused, renewed, and refused again. A later call may succeed.
    #[error("Bullhorn refused a session that was just renewed, at `{place}`")]
    SessionRefused {
        /// Where.
        place: Place,
    },
    /// No answer within the attempts and the deadline. A later call may succeed.
    #[error(transparent)]
    Unavailable(Box<Unavailable>),
    /// Bullhorn understood the call and refused it. Final.
    #[error(transparent)]
    Rejected(Box<Rejection>),
    /// The answer is complete but not what the documentation says. Final.
    #[error("the answer of `{place}` is not understood")]
    Unreadable {
        /// Where.
        place: Place,
        /// What was wrong; it names keys and types, never values.
        #[source]
        source: ShapeError,
    },
    /// The request was not sent because Bullhorn is known to refuse it. Final.
    #[error("the request was not sent")]
    Request(#[from] RequestError),
}

impl CallError {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Login(error) => error.is_retryable(),
            Self::SessionRefused { .. } | Self::Unavailable(_) => true,
            Self::Rejected(_) | Self::Unreadable { .. } | Self::Request(_) => false,
        }
    }

    /// What Bullhorn's refusal was about, if it was a refusal.
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            Self::Login(_)
            | Self::SessionRefused { .. }
            | Self::Unavailable(_)
            | Self::Unreadable { .. }
            | Self::Request(_) => None,
        }
    }
}

impl From<Unavailable> for CallError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(Box::new(unavailable))
    }
}

impl From<Rejection> for CallError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(Box::new(rejection))
    }
}

/// The service gave no answer, though it was asked repeatedly.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{place}` gave no usable answer: {attempts} attempts, {throttled} times throttled, in {} s", .waited.as_secs())]
pub struct Unavailable {
    /// Where.
    pub place: Place,
    /// How often it was sent and failed, without the throttled sends.
    pub attempts: u32,
    /// How often the server asked to slow down.
    pub throttled: u32,
    /// How long it was tried.
    pub waited: Duration,
    /// The last failure.
    #[source]
    pub fault: Fault,
}

/// A failure of one send that another send may not meet.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// No connection: the request did not reach the server.
    #[error("cannot connect")]
    Connect(#[source] Arc<dyn Error + Send + Sync>),
    /// The connection broke, or the reply was cut off, after the request was sent.
    #[error("the connection broke")]
    Lost(#[source] Arc<dyn Error + Send + Sync>),
    /// No reply in time.
    #[error("no reply in time")]
    Timeout,
    /// The server failed.
    #[error("the server failed with status {status}")]
    Server {
        /// The HTTP status, 500 to 599.
        status: u16,
    },
    /// A web page, of a proxy for example, where data was expected.
    #[error("a web page came instead of data")]
    Page,
    /// A successful reply without content.
    #[error("the reply was empty")]
    Empty,
    /// The JSON ends too early or is garbled.
    #[error("the reply was cut off or garbled")]
    Garbled,
    /// The reply is larger than [`Options::body_bytes_max`](crate::Options::body_bytes_max). Never retried.
    #[error("the reply is larger than {limit} bytes; ask for fewer records at a time")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The server asked to slow down until the deadline passed.
    #[error("the server is still throttling")]
    Throttled,
    /// The deadline passed while the call waited for its turn.
    #[error("the deadline passed before the call could be sent")]
    Deadline,
}

impl Fault {
    /// Whether the server certainly did not act on the request.
    pub(crate) fn is_before_arrival(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Throttled | Self::Deadline => true,
            Self::Lost(_)
            | Self::Timeout
            | Self::Server { .. }
            | Self::Page
            | Self::Empty
            | Self::Garbled
            | Self::TooLarge { .. } => false,
        }
    }

    /// Whether the server may have acted on the request without the client learning of it.
    pub(crate) fn is_loss(&self) -> bool {
        !self.is_before_arrival() && !matches!(self, Self::Server { .. })
    }
}

/// Bullhorn's refusal of a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Bullhorn refused `{place}` with status {status}: {message}")]
pub struct Rejection {
    /// Where.
    pub place: Place,
    /// What it is about.
    pub kind: RejectionKind,
    /// The HTTP status; 200 is possible.
    pub status: u16,
    /// Bullhorn's message without personal data, tokens and query text.
    pub message: String,
    /// Bullhorn's key of the message (`errors.queryIndexedEntity`), where it sent one.
    pub key: Option<String>,
}

/// What a refusal is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectionKind {
    /// A field does not exist or must not be read; the name where the message has one.
    InvalidField {
        /// The field.
        name: Option<String>,
    },
    /// The query or where clause is malformed.
    BadQuery,
    /// The sort order names an unknown field.
    BadSort,
    /// The entity is unknown, or not served at this door.
    WrongEntity,
    /// The OAuth access token was refused at login.
    AccessToken,
    /// The user may not do this.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// There is one already.
    AlreadyExists,
    /// The answer sends the caller elsewhere, which data calls do not follow.
    Redirected,
    /// Anything else.
    Other,
}

/// How an answer differs from the documented shape. It names keys and types, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// A key is missing.
    #[error("`{key}` is missing")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A value has another type than documented.
    #[error("{place} is not {expected}")]
    Type {
        /// The key, or where in the reply it is.
        place: String,
        /// The documented type.
        expected: &'static str,
    },
    /// An address in the answer cannot be used.
    #[error("an address in it cannot be used")]
    Address(#[source] crate::error::AddressError),
}
