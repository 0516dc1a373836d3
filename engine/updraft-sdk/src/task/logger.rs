//! Writing to the task's log without `tracing`.

use std::panic::Location;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Map;
use updraft_protocol::message::{LogLevel, LogLine, ToSupervisor, UpdraftLog};

use super::Engine;

/// Writes to the task's log. Events of `tracing` and records of `log` go there too; this is for code that has neither.
#[derive(Clone)]
pub struct Logger {
    engine: Arc<dyn Engine>,
}

impl Logger {
    pub(crate) fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine }
    }

    /// Writes what only helps to find an error in the program.
    #[track_caller]
    pub fn debug(&self, message: impl Into<String>) {
        self.write(LogLevel::Debug, message.into());
    }

    /// Writes what happens.
    #[track_caller]
    pub fn info(&self, message: impl Into<String>) {
        self.write(LogLevel::Info, message.into());
    }

    /// Writes that something is not as it should be.
    #[track_caller]
    pub fn warning(&self, message: impl Into<String>) {
        self.write(LogLevel::Warning, message.into());
    }

    /// Writes that something failed.
    #[track_caller]
    pub fn error(&self, message: impl Into<String>) {
        self.write(LogLevel::Error, message.into());
    }

    #[track_caller]
    fn write(&self, level: LogLevel, event: String) {
        let place = Location::caller();
        self.engine.notify(ToSupervisor::UpdraftLog(UpdraftLog {
            lines: vec![LogLine {
                timestamp: now(),
                level,
                logger: "task".to_owned(),
                file: Some(place.file().to_owned()),
                line: Some(place.line()),
                event,
                fields: Map::new(),
            }],
        }));
    }
}

impl std::fmt::Debug for Logger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Logger")
    }
}

/// The current time, for log lines and ends of attempts.
#[expect(
    clippy::disallowed_methods,
    reason = "a bundle program is a binary: nobody passes it a clock"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
