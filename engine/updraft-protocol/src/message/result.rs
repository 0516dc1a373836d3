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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

    /// An error of the engine's answer, with the number that a web server would give it: 404 for what is not there, 400 for what
    /// is wrong.
    pub fn with_status(status: u16, message: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorType::ApiServerError, message);
        let detail = error.detail.get_or_insert_default();
        detail.insert("status_code".to_owned(), status.into());
        error
    }

    /// That number, if there is one.
    pub fn status(&self) -> Option<u16> {
        let status = self.detail.as_ref()?.get("status_code")?;
        u16::try_from(status.as_u64()?).ok()
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
    /// There is no such asset.
    AssetNotFound,
    /// The task keeps nothing under that key.
    TaskStoreNotFound,
    /// Nothing is kept about the asset under that key, or there is no such asset.
    AssetStoreNotFound,
    /// The DAG has such a run already.
    #[serde(rename = "DAGRUN_ALREADY_EXISTS")]
    DagRunAlreadyExists,
    /// The engine could not be asked, and trying again may help; or what it was asked for is not there or wrong, which the
    /// [status](ErrorResponse::status) says.
    ApiServerError,
    /// It is there but not for this task; no other source may be asked instead.
    PermissionDenied,
    /// Anything else, also kinds that are newer than this program.
    #[default]
    #[serde(other)]
    GenericError,
}
