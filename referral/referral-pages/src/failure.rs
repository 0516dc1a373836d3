//! What an answer can be instead of the one that was asked for: `{"detail": "…"}` with a status.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use referral_ml::explain::ExplainError;
use referral_store::StoreError;
use serde_json::json;

/// Why a request was not answered as it was meant.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// What it is about does not exist.
    #[error("{0}")]
    NotFound(String),
    /// It cannot be understood.
    #[error("{0}")]
    BadRequest(String),
    /// Nobody that we know of asks.
    #[error("these pages are reached through Updraft: open them from its menu")]
    Unauthenticated,
    /// The user's roles do not allow it.
    #[error("your roles do not allow this; ask an administrator who may, which `{0}` sets")]
    Forbidden(&'static str),
    /// The database failed.
    #[error("the application database does not answer")]
    Store(#[from] StoreError),
    /// The frozen formula cannot be read.
    #[error("{0}")]
    Formula(ExplainError),
}

impl From<ExplainError> for Failure {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::Store(error) => Self::Store(error),
            formula @ ExplainError::Formula(_) => Self::Formula(formula),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Store(error) => {
                tracing::error!("a request failed: {error}");
                if error.is_retryable() {
                    StatusCode::SERVICE_UNAVAILABLE
                } else {
                    StatusCode::INTERNAL_SERVER_ERROR
                }
            }
            Self::Formula(error) => {
                tracing::error!("a request failed: {error}");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        (status, Json(json!({ "detail": self.to_string() }))).into_response()
    }
}
