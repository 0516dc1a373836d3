//! Answers and errors of the administrator's interface.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::entities::Entity;

/// Why a request was refused.
#[derive(Debug)]
pub(super) struct AdminError {
    status: StatusCode,
    message: String,
}

impl AdminError {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    /// The request makes no sense.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }
}

impl From<std::io::Error> for AdminError {
    fn from(error: std::io::Error) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("the state file cannot be written: {error}"),
        )
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.message }))).into_response()
    }
}

/// Reads a body; an empty one is `{}`.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AdminError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body)
        .map_err(|error| AdminError::bad_request(format!("cannot read the body: {error}")))
}

/// The entity that a request names; candidates when it names none.
pub(super) fn entity(name: Option<&str>) -> Result<Entity, AdminError> {
    let name = name.unwrap_or(Entity::Candidate.name());
    Entity::parse(name).ok_or_else(|| AdminError::bad_request(format!("there is no entity `{name}`")))
}

/// Runs work that may take a while beside the event loop.
pub(super) async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AdminError> + Send + 'static,
) -> Result<T, AdminError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(AdminError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("the sandbox has a bug: {error}"),
        ))
    })
}

/// 404 for anything else under `/admin`.
pub(super) async fn no_such_path() -> AdminError {
    AdminError::new(
        StatusCode::NOT_FOUND,
        "no such path; see the documentation of the sandbox",
    )
}
