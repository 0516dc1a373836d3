//! Bullhorn's error objects, in all the forms they have been seen in.

use reqwest::StatusCode;
use serde_json::Value;

use crate::call_error::{Rejection, RejectionKind};
use crate::redact::{self, Place};

/// Texts that mean "slow down", whatever the status says.
const THROTTLING: [&str; 3] = [
    "Server API capacity exceeded",
    "requestThrottled",
    "API rate limit exceeded",
];
/// Error bodies are small; a larger one is not searched for [`THROTTLING`].
const ERROR_BYTES_MAX: usize = 64 * 1024;

/// What an error object says; every part may be missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    /// The message as sent: it may quote the request and must be redacted before it is shown.
    message: String,
    key: Option<String>,
    /// The kinds of validation errors, such as `DUPLICATE_VALUE`.
    types: Vec<String>,
}

impl ErrorBody {
    /// Reads what there is; a web page or an empty body gives an empty error.
    pub(crate) fn read(text: &str) -> Self {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return Self::default();
        };
        let string = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let message = ["errorMessage", "message", "error_description", "error"]
            .into_iter()
            .find_map(string);
        let errors = value
            .get("errors")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let types = errors
            .filter_map(|error| error.get("type")?.as_str().map(str::to_owned))
            .collect();
        Self {
            message: message.unwrap_or_default(),
            key: string("errorMessageKey"),
            types,
        }
    }

    /// Whether the session's token was refused.
    pub(crate) fn is_about_session(&self) -> bool {
        self.key_ends_with("invalidRestToken") || self.message.starts_with("Bad 'BhRestToken'")
    }

    /// The refusal this error is, in redacted form.
    pub(crate) fn into_rejection(self, place: Place, status: StatusCode) -> Rejection {
        let kind = self.kind(status);
        let mut message = match redact::message(&self.message) {
            empty if empty.is_empty() => "no explanation given".to_owned(),
            message => message,
        };
        if !self.types.is_empty() {
            message = format!("{message} ({})", redact::message(&self.types.join(", ")));
        }
        let key = self.key.map(|key| redact::message(&key));
        Rejection {
            place,
            kind,
            status: status.as_u16(),
            message,
            key,
        }
    }

    fn kind(&self, status: StatusCode) -> RejectionKind {
        let message = self.message.as_str();
        if let Some(name) = field_named_in(message) {
            return RejectionKind::InvalidField { name: Some(name) };
        }
        if self.key_ends_with("allFieldsNotAllowed") || message.starts_with("Invalid field") {
            RejectionKind::InvalidField { name: None }
        } else if message.starts_with("Bad Query") {
            RejectionKind::BadQuery
        } else if message.starts_with("Bad sort") {
            RejectionKind::BadSort
        } else if self.key_ends_with("searchUnknownEntity") || self.key_ends_with("queryIndexedEntity") {
            RejectionKind::WrongEntity
        } else if self.key_ends_with("invalidOAuthToken") || message.contains("OAuth access token") {
            RejectionKind::AccessToken
        } else if message.contains("already exists") {
            RejectionKind::AlreadyExists
        } else if status == StatusCode::FORBIDDEN {
            RejectionKind::Forbidden
        } else if status == StatusCode::NOT_FOUND {
            RejectionKind::NotFound
        } else if status.is_redirection() {
            RejectionKind::Redirected
        } else {
            RejectionKind::Other
        }
    }

    fn key_ends_with(&self, end: &str) -> bool {
        self.key.as_deref().is_some_and(|key| key.ends_with(end))
    }
}

/// Whether a reply asks to slow down, in its status or in its text.
pub(crate) fn is_throttling(status: StatusCode, body: &[u8]) -> bool {
    if status == StatusCode::TOO_MANY_REQUESTS {
        return true;
    }
    // A successful page may quote the phrase in somebody's resume; only an error object or an error status counts.
    let is_error = !status.is_success() || body.len() < ERROR_BYTES_MAX && contains(body, "\"errorMessage\"");
    is_error && body.len() < ERROR_BYTES_MAX && THROTTLING.iter().any(|text| contains(body, text))
}

fn contains(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The field in `Invalid field 'x' at position 0.` and `Where clause 'x' is not a valid field name`.
fn field_named_in(message: &str) -> Option<String> {
    let rest = message.strip_prefix("Invalid field '").or_else(|| {
        message
            .strip_prefix("Where clause '")
            .filter(|rest| rest.contains("not a valid field"))
    })?;
    let name = rest.split('\'').next()?;
    let plain = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.".contains(c));
    plain.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn rejection(status: u16, body: &str) -> Rejection {
        let place = Place::new("GET", &Url::parse("https://h.test/x").unwrap(), None);
        ErrorBody::read(body).into_rejection(place, StatusCode::from_u16(status).unwrap())
    }

    #[test]
    fn the_kind_of_a_refusal_comes_from_key_text_or_status() {
        let invalid = |name: Option<&str>| RejectionKind::InvalidField {
            name: name.map(str::to_owned),
        };
        let cases = [
            (
                400,
                r#"{"errorMessage":"Invalid field 'x' at position 0.","errorCode":400}"#,
                invalid(Some("x")),
            ),
            (
                400,
                r#"{"errorMessage":"Where clause 'isDeleted' is not a valid field name"}"#,
                invalid(Some("isDeleted")),
            ),
            (
                400,
                r#"{"errorMessage":"You are not authorized to request all fields.","errorMessageKey":"errors.allFieldsNotAllowed"}"#,
                invalid(None),
            ),
            (400, r#"{"errorMessage":"Bad Query: *"}"#, RejectionKind::BadQuery),
            (
                400,
                r#"{"errorMessage":"Bad sort: unknown field X"}"#,
                RejectionKind::BadSort,
            ),
            (
                400,
                r#"{"errorMessage":"no","errorMessageKey":"errors.searchUnknownEntity"}"#,
                RejectionKind::WrongEntity,
            ),
            (
                400,
                r#"{"errorMessage":"Query operation not supported for Candidate","errorMessageKey":"errors.queryIndexedEntity"}"#,
                RejectionKind::WrongEntity,
            ),
            (
                400,
                r#"{"errorMessage":"Invalid or expired OAuth access token.","errorMessageKey":"errors.internalError"}"#,
                RejectionKind::AccessToken,
            ),
            (
                400,
                r#"{"errorMessage":"Subscription demo already exists"}"#,
                RejectionKind::AlreadyExists,
            ),
            (403, "", RejectionKind::Forbidden),
            (404, "<html>", RejectionKind::NotFound),
            (307, "", RejectionKind::Redirected),
            (400, "[]", RejectionKind::Other),
        ];
        for (status, body, kind) in cases {
            assert_eq!(rejection(status, body).kind, kind, "{body}");
        }
    }

    #[test]
    fn validation_errors_name_their_types_and_messages_lose_what_they_quote() {
        let body = r#"{"errorMessage":"error persisting an entity of type: Candidate","errors":[{"propertyName":null,"severity":"ERROR","type":"DUPLICATE_VALUE"}]}"#;
        assert_eq!(
            rejection(400, body).message,
            "error persisting an entity of type: Candidate (DUPLICATE_VALUE)"
        );
        let quoting = rejection(400, r#"{"errorMessage":"Bad Query: email:\"a@example.test\""}"#);
        assert_eq!(quoting.message, "Bad Query");
        assert_eq!(rejection(400, "").message, "no explanation given");
    }

    #[test]
    fn throttling_hides_behind_many_statuses() {
        let throttled =
            |status: u16, body: &str| is_throttling(StatusCode::from_u16(status).unwrap(), body.as_bytes());
        assert!(throttled(429, ""));
        assert!(throttled(
            500,
            r#"{"errorMessage":"Server API capacity exceeded"}"#
        ));
        assert!(throttled(500, "requestThrottled"));
        assert!(throttled(503, r#"{"message":"API rate limit exceeded"}"#));
        assert!(throttled(
            200,
            r#"{"errorMessage":"Server API capacity exceeded"}"#
        ));
        assert!(!throttled(500, "oops"));
        assert!(!throttled(
            200,
            r#"{"data":[{"description":"I fixed requestThrottled errors"}]}"#
        ));
    }
}
