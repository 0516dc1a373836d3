//! Bullhorn's errors: status, text and key of each.

use axum::http::StatusCode;
use serde_json::{Map, Value as Json, json};

use super::reply::Reply;
use crate::data::Change;
use crate::entities::{Entity, Operation, ValueProblem};
use crate::fields::FieldsError;
use crate::options::SessionErrorKey;
use crate::query::WhereError;

/// One field of a write that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) field: String,
    pub(crate) problem: RefusedBecause,
}

/// Why a field of a write was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusedBecause {
    Unknown,
    ReadOnly,
    Value(ValueProblem),
}

impl RefusedBecause {
    fn code(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN_PROPERTY",
            Self::ReadOnly => "READ_ONLY",
            Self::Value(problem) => problem.code(),
        }
    }
}

/// Why a call was refused.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// No token at all: 412.
    NoToken {
        message: String,
    },
    /// A bad or expired token: 401.
    BadToken {
        key: SessionErrorKey,
    },
    /// A bad access token at login.
    BadAccessToken,
    /// All sessions are taken.
    TooManySessions {
        max: u32,
    },
    /// No such path.
    NoSuchPath {
        path: String,
    },
    /// The method does not fit the path.
    MethodNotAllowed,
    /// No such entity type, or not in the index.
    UnknownEntity {
        name: String,
    },
    /// The user may not see the entity type.
    Hidden {
        entity: Entity,
    },
    /// No record with this id.
    NotFound {
        message: String,
    },
    Fields(FieldsError),
    /// The entity lives in the index only.
    NotQueryable {
        entity: Entity,
    },
    Where(WhereError),
    BadQuery {
        message: String,
    },
    BadSort {
        field: String,
    },
    /// A parameter is missing or cannot be read.
    Parameter {
        message: String,
    },
    /// The operation is not allowed on the entity.
    Operation {
        operation: Operation,
        entity: Entity,
    },
    /// A write was refused.
    Persist {
        entity: Entity,
        refused: Vec<Refused>,
    },
    SubscriptionExists {
        id: String,
    },
    TooManySubscriptions,
    NoSubscription {
        id: String,
    },
    /// The state file could not be written.
    NotKept(std::io::Error),
}

impl ApiError {
    /// A parameter is missing.
    pub(crate) fn missing(name: &str) -> Self {
        Self::Parameter {
            message: format!("Missing required parameter '{name}'."),
        }
    }

    /// The answer for this error.
    pub(crate) fn reply(&self) -> Reply {
        let (status, key, message) = self.parts();
        let mut body = Map::new();
        let text_key = match self {
            Self::BadToken {
                key: SessionErrorKey::Message,
            } => "message",
            _ => "errorMessage",
        };
        body.insert(text_key.to_owned(), Json::from(message));
        if let Some(key) = key {
            body.insert("errorMessageKey".to_owned(), Json::from(key));
        }
        if let Self::Persist { entity, refused } = self {
            body.insert("errors".to_owned(), refused.iter().map(refused_json).collect());
            body.insert("entityName".to_owned(), Json::from(entity.name()));
        }
        body.insert("errorCode".to_owned(), Json::from(status.as_u16()));
        Reply::json(&Json::Object(body)).with_status(status)
    }

    fn parts(&self) -> (StatusCode, Option<&'static str>, String) {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        match self {
            Self::NoToken { .. }
            | Self::BadToken { .. }
            | Self::BadAccessToken
            | Self::TooManySessions { .. } => self.session_parts(),
            Self::NoSuchPath { path } => (StatusCode::NOT_FOUND, None, format!("No service at '{path}'.")),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                None,
                "The method is not allowed here.".to_owned(),
            ),
            Self::UnknownEntity { name } => (
                BAD,
                Some("errors.searchUnknownEntity"),
                format!("Unknown or unsupported entity '{name}'."),
            ),
            Self::Hidden { entity } => {
                let message = format!("You do not have permission to access {entity}.");
                (StatusCode::FORBIDDEN, Some("errors.notAuthorized"), message)
            }
            Self::NotFound { message } => (
                StatusCode::NOT_FOUND,
                Some("errors.entityNotFound"),
                message.clone(),
            ),
            Self::Fields(error @ FieldsError::Invalid { .. }) => (BAD, None, error.to_string()),
            Self::Fields(error @ FieldsError::AllNotAllowed) => {
                (BAD, Some("errors.allFieldsNotAllowed"), error.to_string())
            }
            Self::NotQueryable { entity } => {
                let message =
                    format!("Query operation not supported for {entity}, please use /search call instead.");
                (BAD, Some("errors.queryIndexedEntity"), message)
            }
            Self::Where(error) => (BAD, None, error.to_string()),
            Self::BadQuery { message } => (BAD, Some("errors.badQuery"), format!("Bad Query: {message}")),
            Self::BadSort { field } => (BAD, None, format!("Bad sort: unknown field {field}")),
            Self::Parameter { message } => (BAD, None, message.clone()),
            Self::Operation { operation, entity } => {
                let message = format!("Operation {} not allowed on entity {entity}", operation.as_str());
                (BAD, Some("errors.cannotPerformOperation"), message)
            }
            Self::Persist { entity, .. } => {
                (BAD, None, format!("error persisting an entity of type: {entity}"))
            }
            Self::SubscriptionExists { id } => (BAD, None, format!("Subscription '{id}' already exists.")),
            Self::TooManySubscriptions => (
                BAD,
                None,
                "The maximum number of event subscriptions is in use.".to_owned(),
            ),
            Self::NoSubscription { id } => (
                StatusCode::NOT_FOUND,
                None,
                format!("Subscription '{id}' does not exist."),
            ),
            Self::NotKept(error) => {
                let message = format!("The sandbox cannot write its state file: {error}");
                (StatusCode::INTERNAL_SERVER_ERROR, None, message)
            }
        }
    }

    /// What login and the check of the token refuse.
    fn session_parts(&self) -> (StatusCode, Option<&'static str>, String) {
        match self {
            Self::NoToken { message } => (StatusCode::PRECONDITION_FAILED, None, message.clone()),
            Self::BadAccessToken => (
                StatusCode::BAD_REQUEST,
                Some("errors.authentication.invalidOAuthToken"),
                "Invalid or expired OAuth access token.".to_owned(),
            ),
            Self::TooManySessions { max } => (
                StatusCode::BAD_REQUEST,
                Some("errors.authentication.tooManySessions"),
                format!("The maximum of {max} concurrent sessions is in use."),
            ),
            _ => (
                StatusCode::UNAUTHORIZED,
                Some("errors.authentication.invalidRestToken"),
                "Bad 'BhRestToken' or timed-out.".to_owned(),
            ),
        }
    }
}

fn refused_json(refused: &Refused) -> Json {
    json!({ "propertyName": refused.field, "severity": "ERROR", "type": refused.problem.code() })
}

impl From<FieldsError> for ApiError {
    fn from(error: FieldsError) -> Self {
        Self::Fields(error)
    }
}

impl From<WhereError> for ApiError {
    fn from(error: WhereError) -> Self {
        Self::Where(error)
    }
}

/// The reply to a write: what was changed, and the values written.
pub(crate) fn changed(change: &Change, word: &str) -> Json {
    let schema = change.entity.schema();
    let data: Map<String, Json> = change
        .values
        .iter()
        .filter_map(|(index, value)| Some((schema.at(*index)?.name.to_string(), value.to_json())))
        .collect();
    json!({
        "changedEntityType": change.entity.name(),
        "changedEntityId": change.id,
        "changeType": word,
        "data": data,
    })
}
