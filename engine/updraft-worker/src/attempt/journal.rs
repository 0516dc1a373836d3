//! The log of one attempt, as its supervisor writes it.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};
use updraft_model::Clock;
use updraft_protocol::message::{LogLevel, LogLine, MaskSecret};
use updraft_secrets::Masker;

use crate::WorkerOptions;
use crate::log::{AttemptLog, LogError};
use crate::output::Stream;

/// The log of one attempt. What goes wrong while writing is kept until somebody asks.
pub(crate) struct Journal {
    log: AttemptLog,
    clock: Arc<dyn Clock>,
    /// The first thing that went wrong: what it is and what to do.
    failure: Option<String>,
}

impl Journal {
    /// Opens the log; an error says why it cannot be written and what to do.
    pub(crate) fn open(path: PathBuf, options: &WorkerOptions) -> Result<Self, String> {
        let log = AttemptLog::open(path, options.log_format, Arc::clone(&options.masker));
        Ok(Self {
            log: log.map_err(|error| error.to_string())?,
            clock: Arc::clone(&options.clock),
            failure: None,
        })
    }

    /// Writes something of our own.
    pub(crate) fn say(&mut self, level: LogLevel, event: String) {
        self.write_as("supervisor", level, event);
    }

    /// Writes what the program has printed.
    pub(crate) fn print(&mut self, stream: Stream, lines: Vec<String>) {
        let level = match stream {
            Stream::Stdout => LogLevel::Info,
            Stream::Stderr => LogLevel::Warning,
        };
        for line in lines {
            self.write_as(stream.as_str(), level, line);
        }
    }

    fn write_as(&mut self, logger: &str, level: LogLevel, event: String) {
        self.write(&LogLine {
            timestamp: self.clock.now(),
            level,
            logger: logger.to_owned(),
            file: None,
            line: None,
            event,
            fields: Map::new(),
        });
    }

    /// Writes what the task has logged.
    pub(crate) fn write(&mut self, line: &LogLine) {
        let written = self.log.write(line);
        self.note(written);
    }

    /// Hands everything to the kernel, so that readers see it.
    pub(crate) fn flush(&mut self) {
        let flushed = self.log.flush();
        self.note(flushed);
    }

    fn note(&mut self, written: Result<(), LogError>) {
        if let Err(error) = written {
            self.failure.get_or_insert(error.to_string());
        }
    }

    /// What has gone wrong so far; told once.
    pub(crate) fn take_failure(&mut self) -> Option<String> {
        self.failure.take()
    }

    /// Has more masked from now on.
    pub(crate) fn masker(&mut self) -> &mut Masker {
        self.log.masker()
    }

    /// Masks what the task has named as secret.
    pub(crate) fn mask_secret(&mut self, secret: &MaskSecret) {
        add_secret(self.log.masker(), secret);
    }

    /// A document without secrets.
    pub(super) fn mask_json(&self, document: &Value) -> Value {
        self.log.mask_json(document)
    }

    /// A text without secrets.
    pub(crate) fn mask(&self, text: &str) -> String {
        self.log.mask(text)
    }
}

/// Has something masked that was named as secret.
pub(crate) fn add_secret(masker: &mut Masker, MaskSecret { value, name }: &MaskSecret) {
    match (value, name) {
        (Value::String(secret), None) => masker.add_secret(secret),
        (Value::String(secret), Some(name)) => masker.add_variable(name, secret),
        (document, name) => {
            masker.add_variable(name.as_deref().unwrap_or_default(), &document.to_string());
        }
    }
}
