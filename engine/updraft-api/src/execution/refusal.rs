//! Everything that an attempt can be told instead of what it asked for, in Airflow's words.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use updraft_protocol::message::{ErrorResponse, ErrorType};
use updraft_store::{AttemptNow, StoreError};
use updraft_worker::ApiError;

use crate::call::JSON;
use crate::failure::{Failure, Version};

/// Why an attempt was not answered as it was meant.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// As Airflow says it: a status and what stands in `detail`.
    Told(StatusCode, Value),
    /// As the REST API says it.
    Failure(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl Refusal {
    /// A reason in a word, and in a sentence.
    pub(crate) fn told(status: StatusCode, reason: &str, message: impl Into<String>) -> Self {
        Self::Told(status, json!({ "reason": reason, "message": message.into() }))
    }

    /// What it is about does not exist.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::told(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// Whoever calls has not said who they are.
    pub(crate) fn no_token() -> Self {
        Self::Told(StatusCode::UNAUTHORIZED, "Missing auth token".into())
    }

    /// Whoever calls is not who may ask this.
    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::Told(StatusCode::FORBIDDEN, Value::String(message.into()))
    }

    /// The attempt is not live; what became of it.
    pub(crate) fn gone(now: Option<AttemptNow>) -> Self {
        match now {
            None => Self::not_found("Task Instance not found"),
            Some(AttemptNow::Replaced) => Self::told(
                StatusCode::GONE,
                "not_found",
                "Task Instance not found, it may have been moved to the Task Instance History table",
            ),
            Some(AttemptNow::Newest(state)) => Self::Told(
                StatusCode::CONFLICT,
                json!({
                    "reason": "not_running",
                    "message": "TI is no longer in the running state and task should terminate",
                    "current_state": state.map(updraft_model::TaskInstanceState::as_str),
                }),
            ),
        }
    }

    /// The attempt is in a state in which this cannot be done.
    pub(crate) fn invalid_state(message: &str, previous: Option<&str>) -> Self {
        Self::Told(
            StatusCode::CONFLICT,
            json!({ "reason": "invalid_state", "message": message, "previous_state": previous }),
        )
    }

    /// The answer of the engine to a task, as a web server says it.
    pub(crate) fn of_answer(error: &ErrorResponse) -> Self {
        let message = error.message();
        match error.error {
            ErrorType::ConnectionNotFound
            | ErrorType::VariableNotFound
            | ErrorType::XComNotFound
            | ErrorType::AssetNotFound
            | ErrorType::TaskStoreNotFound
            | ErrorType::AssetStoreNotFound => Self::not_found(message),
            ErrorType::DagRunAlreadyExists => Self::told(StatusCode::CONFLICT, "already_exists", message),
            ErrorType::PermissionDenied => Self::told(StatusCode::FORBIDDEN, "access_denied", message),
            ErrorType::ApiServerError | ErrorType::GenericError => match error.status() {
                Some(404) => Self::not_found(message),
                Some(400) => Self::told(StatusCode::BAD_REQUEST, "value_error", message),
                Some(409) => Self::told(StatusCode::CONFLICT, "already_exists", message),
                _ => Self::told(StatusCode::INTERNAL_SERVER_ERROR, "error", message),
            },
        }
    }

    /// What the engine says to a request; of an attempt that is not live any more, see [`Refusal::gone`].
    pub(crate) fn of_engine(error: ApiError, now: Option<AttemptNow>) -> Self {
        match error {
            ApiError::NotLive(_) => Self::gone(now),
            ApiError::Answered(error) => Self::of_answer(&error),
            ApiError::Refused(message) => Self::told(StatusCode::FORBIDDEN, "access_denied", message),
            ApiError::Unavailable(message) => {
                tracing::warn!("an attempt elsewhere cannot be answered: {message}");
                Self::told(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "the engine does not answer just now, ask again",
                )
            }
        }
    }

    /// The answer as it is sent.
    pub(crate) fn into_response(self) -> Response<Body> {
        let (status, detail) = match self {
            Self::Failure(failure) => return failure.into_response(Version::V2),
            Self::Told(status, detail) => (status, detail),
        };
        let mut response = Response::new(Body::from(json!({ "detail": detail }).to_string()));
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        response
    }
}
