//! Everything that an answer can be instead of the one that was asked for, in the form of either version.
//!
//! `/api/v1` answers with problem documents (RFC 9457), `/api/v2` with `{"detail": ...}`. Causes are logged and not shown.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use updraft_store::{SecretError, StoreError};

/// Which of the two interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    /// Airflow 2's.
    V1,
    /// Airflow 3's.
    V2,
}

/// Why a call was not answered as it was meant.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// What it is about does not exist.
    #[error("{0}")]
    NotFound(String),
    /// It cannot be done as things are.
    #[error("{0}")]
    BadRequest(String),
    /// Something is in the way.
    #[error("{0}")]
    Conflict(String),
    /// A part of the call cannot be understood.
    #[error("{message}")]
    Invalid {
        /// Where: `path`, `query` or `body`.
        place: &'static str,
        /// What is wrong.
        message: String,
    },
    /// Nobody has logged in, or in the wrong way.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// Somebody has, and may not do this.
    #[error("you do not have permission to access this resource")]
    Forbidden,
    /// It is not certain that the person wants this.
    #[error("{0}")]
    Refused(&'static str),
    /// Nobody may do this as things are set.
    #[error("{0}")]
    Denied(&'static str),
    /// Too many wrong passwords.
    #[error("too many failed log-ins, try again later")]
    TooManyLogins,
    /// There is such a path, but nothing of that method.
    #[error("the method is not allowed for this address")]
    MethodNotAllowed,
    /// The answer is in none of the forms that the caller accepts.
    #[error("the answer can be `application/json` or `text/plain`, and the header `Accept` names neither")]
    NotAcceptable,
    /// The body is not JSON.
    #[error("the body must have the content type `application/json`")]
    NotJson,
    /// The body is too long.
    #[error("the body is too long")]
    TooLong,
    /// The body comes too slowly.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// It took too long.
    #[error("the answer took too long")]
    TimedOut,
    /// The database does not answer; later it may.
    #[error("the database is not available, try again later")]
    Unavailable(#[source] StoreError),
    /// A bug, or a damaged database.
    #[error("an internal error occurred, the server's log says more")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if error.is_retryable() {
            Self::Unavailable(error)
        } else {
            Self::Internal(error.into())
        }
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Store(error) => error.into(),
            other @ (SecretError::NoKey { .. } | SecretError::Fernet { .. } | SecretError::Lookup(_)) => {
                Self::Internal(other.into())
            }
        }
    }
}

impl Failure {
    /// A part of the query that cannot be understood.
    pub(crate) fn query(message: impl Into<String>) -> Self {
        Self::Invalid {
            place: "query",
            message: message.into(),
        }
    }

    /// A part of the body that cannot be understood.
    pub(crate) fn body(message: impl Into<String>) -> Self {
        Self::Invalid {
            place: "body",
            message: message.into(),
        }
    }

    /// The status that a version answers with.
    pub(crate) fn status(&self, version: Version) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Invalid { .. } => match version {
                Version::V1 => StatusCode::BAD_REQUEST,
                Version::V2 => StatusCode::UNPROCESSABLE_ENTITY,
            },
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::Refused(_) | Self::Denied(_) => StatusCode::FORBIDDEN,
            Self::TooManyLogins => StatusCode::TOO_MANY_REQUESTS,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TimedOut | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The answer. What a person has to look at is logged here, once, with its causes.
    pub(crate) fn into_response(self, version: Version) -> Response<Body> {
        match &self {
            Self::Internal(source) => tracing::error!(error = chain(&**source), "a request failed"),
            Self::Unavailable(source) => tracing::warn!(error = chain(source), "a request failed"),
            _ => {}
        }
        let status = self.status(version);
        let (content_type, body) = match version {
            Version::V1 => ("application/problem+json", problem(status, &self)),
            Version::V2 => ("application/json", json!({ "detail": self.detail() })),
        };
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        match (&self, version) {
            (Self::Unauthenticated(_), Version::V1) => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
            }
            (Self::Unauthenticated(_), Version::V2) => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            (Self::TooManyLogins, _) => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("60"));
            }
            _ => {}
        }
        response
    }

    /// What is wrong, as version 2 says it: a sentence, or a list of the parts that are malformed.
    fn detail(&self) -> Value {
        match self {
            Self::Invalid { place, message } => {
                json!([{ "type": "value_error", "loc": [place], "msg": message, "input": null }])
            }
            other => Value::String(other.to_string()),
        }
    }
}

/// A problem document, with the addresses and titles of Airflow 2.11.
fn problem(status: StatusCode, failure: &Failure) -> Value {
    const DOCUMENTATION: &str =
        "https://airflow.apache.org/docs/apache-airflow/2.11.2/stable-rest-api-ref.html#section/Errors/";
    let (section, title) = match status {
        StatusCode::BAD_REQUEST => ("BadRequest", "Bad Request"),
        StatusCode::UNAUTHORIZED => ("Unauthenticated", "Unauthorized"),
        StatusCode::FORBIDDEN => ("PermissionDenied", "Forbidden"),
        StatusCode::NOT_FOUND => ("NotFound", "Not Found"),
        StatusCode::METHOD_NOT_ALLOWED => ("MethodNotAllowed", "Method Not Allowed"),
        StatusCode::CONFLICT => ("AlreadyExists", "Conflict"),
        other => ("Unknown", other.canonical_reason().unwrap_or("Error")),
    };
    json!({
        "detail": failure.to_string(),
        "status": status.as_u16(),
        "title": title,
        "type": format!("{DOCUMENTATION}{section}"),
    })
}

/// An error with its causes.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
