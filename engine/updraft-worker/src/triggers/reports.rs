//! What triggers log, and what their process prints.

use std::sync::Arc;

use serde_json::Map;
use updraft_protocol::message::{LogLevel, LogLine, MaskSecret};
use updraft_secrets::Masker;

use super::TriggerOrder;
use crate::attempt::{Journal, add_secret};
use crate::output::Stream;
use crate::{WorkerOptions, log_path};

/// How many of the last lines that a process has printed are kept to say why it ended.
const KEPT_MAX: usize = 5;

/// Writes into the logs of tasks what their triggers log, as Airflow's triggerer does for resumed attempts, too: behind what the
/// attempt has logged that has ended with the wait. A log is open for one write, since there may be thousands of triggers.
pub(super) struct Reports {
    options: WorkerOptions,
    printed: Vec<String>,
}

impl Reports {
    pub(super) fn new(options: WorkerOptions) -> Self {
        Self {
            options,
            printed: Vec::new(),
        }
    }

    pub(super) fn masker(&mut self) -> &mut Masker {
        Arc::make_mut(&mut self.options.masker)
    }

    pub(super) fn mask_secret(&mut self, secret: &MaskSecret) {
        add_secret(self.masker(), secret);
    }

    pub(super) fn mask(&self, text: &str) -> String {
        self.options.masker.mask(text).into_owned()
    }

    /// Writes lines into the log of the task that waits.
    pub(super) fn write(&self, of: &TriggerOrder, lines: &[LogLine]) {
        let path = log_path(&self.options.log_folder, &of.key, of.try_number);
        let written = Journal::open(path, &self.options).and_then(|mut journal| {
            for line in lines {
                journal.write(line);
            }
            journal.flush();
            journal.take_failure().map_or(Ok(()), Err)
        });
        if let Err(problem) = written {
            tracing::error!(task = %of.key, "what a trigger logs is lost: {problem}");
        }
    }

    /// Writes something of our own there.
    pub(super) fn say(&self, of: &TriggerOrder, level: LogLevel, event: String) {
        let line = LogLine {
            timestamp: self.options.clock.now(),
            level,
            logger: "triggerer".to_owned(),
            file: None,
            line: None,
            event,
            fields: Map::new(),
        };
        self.write(of, &[line]);
    }

    /// What was logged when its task did not wait any more, or by nobody that is known.
    pub(super) fn tell(&self, of: Option<&TriggerOrder>, lines: &[LogLine]) {
        for line in lines {
            let text = self.mask(&line.event);
            let task = of.map(|order| order.key.to_string()).unwrap_or_default();
            match line.level {
                LogLevel::Debug | LogLevel::Info => tracing::info!(task, "a trigger logs: {text}"),
                LogLevel::Warning | LogLevel::Error | LogLevel::Critical => {
                    tracing::warn!(task, "a trigger logs: {text}");
                }
            }
        }
    }

    /// What the process has printed, which belongs to no trigger.
    pub(super) fn print(&mut self, stream: Stream, lines: Vec<String>) {
        for line in lines {
            let line = self.mask(&line);
            tracing::info!(stream = stream.as_str(), "the triggerer prints: {line}");
            if stream == Stream::Stderr {
                self.printed.push(line);
            }
        }
        let beyond = self.printed.len().saturating_sub(KEPT_MAX);
        self.printed.drain(..beyond);
    }

    /// The last lines of standard error; empty if there are none.
    pub(super) fn last_words(&self) -> String {
        if self.printed.is_empty() {
            return String::new();
        }
        format!("; it has printed: {}", self.printed.join("\n"))
    }
}
