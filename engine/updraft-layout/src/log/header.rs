//! The beginning of an entry: when, how important, and from where.
//!
//! Two forms are read, those that the engine writes: Airflow 2's text, `[2024-01-12T06:00:00.000+0000] {sync.rs:12} INFO - message`, and Airflow
//! 3's JSON, an object per line that begins with `timestamp` and `level`.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::level::Level;

/// The longest beginning of an entry that is looked at, in bytes.
pub(super) const LENGTH_MAX: usize = 512;

/// What the first line of an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// When it was written.
    pub at: Option<Timestamp>,
    /// How important it is.
    pub level: Level,
    /// File and line, or the logger.
    pub source: String,
    /// The message.
    pub text: String,
}

impl Header {
    /// Reads the first line of an entry; `None` if it is none.
    pub fn parse(line: &str) -> Option<Self> {
        if line.starts_with('{') {
            json(line)
        } else {
            text(line)
        }
    }
}

/// The level that the beginning of a line has in its field, if it is the beginning of an entry.
pub(super) fn level(beginning: &[u8]) -> Option<Level> {
    let beginning = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        // The end may be in the middle of a character.
        Err(error) => std::str::from_utf8(beginning.get(..error.valid_up_to())?).ok()?,
    };
    if let Some(rest) = beginning.strip_prefix("{\"timestamp\":") {
        let (_, rest) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        let rest = rest.strip_prefix(',')?.trim_start();
        let rest = rest.strip_prefix("\"level\":")?.trim_start();
        return Level::parse(rest.strip_prefix('"')?.split_once('"')?.0);
    }
    fields(beginning).map(|(_, _, level, _)| level)
}

fn text(line: &str) -> Option<Header> {
    let (time, source, level, message) = fields(line)?;
    Some(Header {
        at: time.parse().ok(),
        level,
        source: source.to_owned(),
        text: message.to_owned(),
    })
}

/// Time, source, level and message of a line of text.
fn fields(line: &str) -> Option<(&str, &str, Level, &str)> {
    let (time, rest) = line.strip_prefix('[')?.split_once(']')?;
    if !time.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let (source, rest) = rest.strip_prefix(" {")?.split_once("} ")?;
    let (level, message) = rest.split_once(' ')?;
    let message = message.strip_prefix("- ").or_else(|| message.strip_prefix('-'))?;
    Some((time, source, Level::parse(level)?, message))
}

fn json(line: &str) -> Option<Header> {
    let mut fields: Map<String, Value> = serde_json::from_str(line).ok()?;
    let mut take = |name: &str| match fields.shift_remove(name) {
        Some(Value::String(text)) => Some(text),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let level = Level::parse(&take("level")?)?;
    let at = take("timestamp").and_then(|time| time.parse().ok());
    let mut text = take("event").unwrap_or_default();
    let (logger, file, number) = (take("logger"), take("filename"), take("lineno"));
    let source = match (file, number) {
        (Some(file), Some(number)) => format!("{file}:{number}"),
        (Some(file), None) => file,
        (None, _) => logger.unwrap_or_default(),
    };
    for (name, value) in fields {
        text.push_str(&format!(" {name}={value}"));
    }
    Some(Header {
        at,
        level,
        source,
        text,
    })
}
