//! Answers that are JSON or plain text, whichever the caller accepts.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use crate::call::{JSON, Reply};
use crate::failure::Failure;

/// The content type of text.
const TEXT: &str = "text/plain; charset=utf-8";

/// What a caller wants to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Json,
    Text,
}

/// An answer in the form that was wanted.
pub(crate) enum Negotiated<T> {
    Json(T),
    Text(String),
}

impl Wanted {
    /// What the header `Accept` says: of what it names the first that there is. Without it JSON.
    ///
    /// # Errors
    /// [`Failure::NotAcceptable`]: it names nothing that there is.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        let Some(accepted) = headers.get(ACCEPT).and_then(|value| value.to_str().ok()) else {
            return Ok(Self::Json);
        };
        let kinds = accepted.split(',').filter_map(|kind| kind.split(';').next());
        let kinds: Vec<String> = kinds.map(|kind| kind.trim().to_lowercase()).collect();
        let known = |kind: &String| match kind.as_str() {
            JSON | "application/*" | "*/*" => Some(Self::Json),
            "text/plain" | "text/*" => Some(Self::Text),
            _ => None,
        };
        kinds.iter().find_map(known).ok_or(Failure::NotAcceptable)
    }
}

impl<T: Serialize + JsonSchema + Send + 'static> Reply for Negotiated<T> {
    const STATUS: StatusCode = StatusCode::OK;
    const ALSO: &'static [&'static str] = &["text/plain"];

    fn content_type(&self) -> &'static str {
        match self {
            Self::Json(_) => JSON,
            Self::Text(_) => TEXT,
        }
    }

    fn write(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        match self {
            Self::Json(document) => serde_json::to_vec(document).map(Some),
            Self::Text(text) => Ok(Some(text.clone().into_bytes())),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_kind_that_there_is_counts() {
        for (accept, expected) in [
            ("application/json", Some(Wanted::Json)),
            ("text/plain", Some(Wanted::Text)),
            ("*/*", Some(Wanted::Json)),
            ("text/html, text/plain;q=0.5, */*", Some(Wanted::Text)),
            ("text/html", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            assert_eq!(Wanted::of(&headers).ok(), expected, "{accept}");
        }
        assert_eq!(Wanted::of(&HeaderMap::new()).ok(), Some(Wanted::Json));
    }
}
