//! The outer object of a reply. An `errorMessage` in it makes it an error, whatever the status was.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use crate::call_error::ShapeError;

/// The object around rows.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "D: Deserialize<'de>"))]
pub(crate) struct Envelope<D> {
    /// How many records match; `/query` tells only when asked.
    pub(crate) total: Option<u64>,
    pub(crate) data: Option<D>,
    #[serde(rename = "errorMessage")]
    error_message: Option<IgnoredAny>,
}

/// Why a reply could not be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// It is an error object.
    ErrorBody,
    /// It is not JSON, or its end is missing: another send may be luckier.
    Garbled,
    /// It is JSON of another shape.
    Shape(ShapeError),
}

/// The body as text. Broken UTF-8 is replaced instead of losing the whole page to one record.
pub(crate) fn text(body: &[u8]) -> Cow<'_, str> {
    // Pages are large and nearly always valid; the plain check is many times faster than the replacing one.
    match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(body),
    }
}

/// Reads an object with `data`.
pub(crate) fn read_data<'de, D: Deserialize<'de>>(text: &'de str) -> Result<Envelope<D>, ReadError> {
    let envelope: Envelope<D> = parse(text)?;
    if envelope.error_message.is_some() {
        return Err(ReadError::ErrorBody);
    }
    Ok(envelope)
}

/// Reads any other object. Such replies are small, so looking for an error first costs little.
pub(crate) fn read_plain<T: DeserializeOwned>(text: &str) -> Result<T, ReadError> {
    #[derive(Deserialize)]
    struct Probe {
        #[serde(rename = "errorMessage")]
        error_message: Option<IgnoredAny>,
    }
    let probe: Probe = parse(text)?;
    if probe.error_message.is_some() {
        return Err(ReadError::ErrorBody);
    }
    parse(text)
}

/// Parses JSON; the error tells a short or garbled text from an unexpected one and quotes nothing of it.
fn parse<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, ReadError> {
    serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Io | Category::Syntax | Category::Eof => ReadError::Garbled,
        Category::Data => ReadError::Shape(ShapeError::Type {
            place: format!("line {} column {}", error.line(), error.column()),
            expected: "of the documented shape",
        }),
    })
}

impl From<ShapeError> for ReadError {
    fn from(error: ShapeError) -> Self {
        Self::Shape(error)
    }
}
