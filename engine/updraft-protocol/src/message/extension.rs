//! Our own additions. They go from the task process to the supervisor and are never answered.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::time;

/// Lines for the attempt's log, in the order they happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdraftLog {
    /// The lines.
    pub lines: Vec<LogLine>,
}

/// One entry of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it happened.
    #[serde(serialize_with = "time::serialize")]
    pub timestamp: Timestamp,
    /// How important it is.
    pub level: LogLevel,
    /// The module it comes from.
    #[serde(default)]
    pub logger: String,
    /// The source file it comes from.
    #[serde(default)]
    pub file: Option<String>,
    /// The line in that file, from 1.
    #[serde(default)]
    pub line: Option<u32>,
    /// The message; may have several lines.
    pub event: String,
    /// Further values, by name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

/// As Airflow 2 writes it: `[2024-01-12T06:00:00.000+0000] {sync.rs:12} INFO - page done page=3`. Of the file only its
/// name is shown; a line without a file shows where it comes from instead.
impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.timestamp.to_zoned(TimeZone::UTC);
        let file = self
            .file
            .as_deref()
            .map(|file| file.rsplit(['/', '\\']).next().unwrap_or(file));
        write!(
            f,
            "[{}] {{{}",
            time.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000"),
            file.unwrap_or(&self.logger)
        )?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, "}} {} - {}", self.level, self.event)?;
        for (name, value) in &self.fields {
            match value {
                Value::String(text) if is_word(text) => write!(f, " {name}={text}")?,
                value => write!(f, " {name}={value}")?,
            }
        }
        Ok(())
    }
}

/// Whether a text is readable without quotes.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '='))
}

/// How important a log entry is; Python's names, which Airflow's log lines show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// For those who look for an error in the program.
    Debug,
    /// What happens.
    Info,
    /// Something is not as it should be, and the task goes on.
    Warning,
    /// Something failed.
    Error,
    /// Nothing works any more.
    Critical,
}

impl LogLevel {
    /// Every level, lowest first.
    pub const ALL: [Self; 5] = [
        Self::Debug,
        Self::Info,
        Self::Warning,
        Self::Error,
        Self::Critical,
    ];

    /// The name as it stands in log lines, e.g. `WARNING`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }

    /// Python's number for it: 10, 20, 30, 40 or 50.
    pub const fn number(self) -> u8 {
        match self {
            Self::Debug => 10,
            Self::Info => 20,
            Self::Warning => 30,
            Self::Error => 40,
            Self::Critical => 50,
        }
    }

    /// The level with that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How far a task is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdraftProgress {
    /// How much is done, in whatever the task counts.
    pub done: u64,
    /// How much there is to do, if that is known.
    #[serde(default)]
    pub total: Option<u64>,
    /// What it is doing, in a few words.
    #[serde(default)]
    pub message: Option<String>,
}
