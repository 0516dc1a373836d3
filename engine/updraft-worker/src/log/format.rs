//! What an entry of a log looks like.

use serde_json::{Map, Value};
use updraft_protocol::message::LogLine;
use updraft_secrets::Masker;

/// What lines in logs look like; the setting `[updraft] log_format`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Airflow 2: `[2024-01-12T06:00:00.000+0000] {sync.rs:12} INFO - page done`.
    #[default]
    Text,
    /// Airflow 3: an object per line.
    Json,
}

impl LogFormat {
    /// The entry without secrets, and with a line end.
    pub(super) fn write(self, line: &LogLine, masker: &Masker) -> String {
        match self {
            Self::Text => format!("{}\n", masker.mask(&line.to_string())),
            Self::Json => format!("{}\n", masker.mask_json(&to_json(line))),
        }
    }
}

fn to_json(line: &LogLine) -> Value {
    let mut entry = Map::new();
    entry.insert("timestamp".to_owned(), Value::from(line.timestamp.to_string()));
    entry.insert(
        "level".to_owned(),
        Value::from(line.level.as_str().to_lowercase()),
    );
    entry.insert("event".to_owned(), Value::from(line.event.as_str()));
    entry.insert("logger".to_owned(), Value::from(line.logger.as_str()));
    if let Some(file) = &line.file {
        entry.insert("filename".to_owned(), Value::from(file.as_str()));
    }
    if let Some(number) = line.line {
        entry.insert("lineno".to_owned(), Value::from(number));
    }
    for (name, value) in &line.fields {
        entry.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(entry)
}
