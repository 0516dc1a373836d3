//! Answers that are the same for many requests.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// "Done": the answer to a request that changes something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OkResponse {
    /// Whether it was done.
    pub ok: bool,
}

/// Why a request could not be met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorResponse {
    /// What kind of error.
    #[serde(default)]
    pub error: ErrorType,
    /// More about it; `message` is a sentence for people.
    #[serde(default)]
    pub detail: Option<Map<String, Value>>,
}

impl ErrorResponse {
    /// An error with a sentence for people.
    pub fn new(error: ErrorType, message: impl Into<String>) -> Self {
        let detail = Map::from_iter([("message".to_owned(), Value::String(message.into()))]);
        Self {
            error,
            detail: Some(detail),
        }
    }

    /// The sentence for people; empty if there is none.
    pub fn message(&self) -> &str {
        let message = self.detail.as_ref().and_then(|detail| detail.get("message"));
        message.and_then(Value::as_str).unwrap_or_default()
    }
}

/// Kinds of errors; Airflow's `ErrorType`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorType {
    /// There is no such Connection.
    ConnectionNotFound,
    /// There is no such Variable.
    VariableNotFound,
    /// There is no such XCom.
    #[serde(rename = "XCOM_NOT_FOUND")]
    XComNotFound,
    /// The engine could not be asked; trying again may help.
    ApiServerError,
    /// It is there but not for this task; no other source may be asked instead.
    PermissionDenied,
    /// Anything else, also kinds that are newer than this program.
    #[default]
    #[serde(other)]
    GenericError,
}
