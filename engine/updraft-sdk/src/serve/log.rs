//! Where log lines of the program go: to the attempt's log, or to standard error while there is no attempt.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt;
use std::io::Write;
use std::panic::PanicHookInfo;
use std::sync::Arc;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};
use updraft_protocol::message::{LogLevel, LogLine, ToSupervisor, UpdraftLog};

use super::channel::Channel;
use super::current::Current;
use crate::task::{now, panic_message};

/// Where log lines go.
trait Output: Send + Sync {
    fn write(&self, line: LogLine);
}

/// Under a supervisor: into the log of the running attempt.
struct AttemptLog {
    channel: Arc<Channel>,
    current: Arc<Current>,
}

impl Output for AttemptLog {
    fn write(&self, line: LogLine) {
        if self.current.is_running() {
            self.channel
                .send(&ToSupervisor::UpdraftLog(UpdraftLog { lines: vec![line] }));
        } else {
            LocalLog.write(line);
        }
    }
}

/// By hand: to standard error, in the same form.
pub(crate) struct LocalLog;

impl Output for LocalLog {
    fn write(&self, line: LogLine) {
        Self::show(&line);
    }
}

impl LocalLog {
    /// Writes one line.
    pub(crate) fn show(line: &LogLine) {
        // Nobody is left to be told when standard error is closed.
        let _ = writeln!(std::io::stderr(), "{line}");
    }

    /// Has everything that the program logs go to standard error.
    pub(crate) fn install() {
        install_output(Arc::new(LocalLog));
    }
}

/// Has everything that the program logs, and every panic, go to the attempt's log.
pub(super) fn install(channel: Arc<Channel>, current: Arc<Current>) {
    let output = Arc::new(AttemptLog { channel, current });
    let panics = Arc::clone(&output);
    std::panic::set_hook(Box::new(move |panic| panics.write(panic_line(panic))));
    install_output(output);
}

fn install_output(output: Arc<dyn Output>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A program that has installed its own subscriber wants its own log.
    let _ = Registry::default()
        .with(filter)
        .with(LineLayer { output })
        .try_init();
}

fn panic_line(panic: &PanicHookInfo<'_>) -> LogLine {
    let backtrace = Backtrace::capture();
    let mut event = format!("panic: {}", panic_message(panic.payload()));
    if backtrace.status() == BacktraceStatus::Captured {
        event = format!("{event}\n{backtrace}");
    }
    LogLine {
        timestamp: now(),
        level: LogLevel::Error,
        logger: "panic".to_owned(),
        file: panic.location().map(|place| place.file().to_owned()),
        line: panic.location().map(std::panic::Location::line),
        event,
        fields: Map::new(),
    }
}

/// Makes log lines of `tracing` events.
struct LineLayer {
    output: Arc<dyn Output>,
}

impl<S: Subscriber> Layer<S> for LineLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.output.write(LogLine {
            timestamp: now(),
            level: level(*metadata.level()),
            logger: fields
                .take_text("log.target")
                .unwrap_or_else(|| metadata.target().to_owned()),
            file: fields
                .take_text("log.file")
                .or_else(|| metadata.file().map(str::to_owned)),
            line: fields.take_number("log.line").or_else(|| metadata.line()),
            event: fields.message,
            fields: fields.values,
        });
    }
}

fn level(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warning,
        Level::INFO => LogLevel::Info,
        Level::DEBUG | Level::TRACE => LogLevel::Debug,
    }
}

/// The values of one event. Records of the `log` crate arrive with their place as values named `log.…`.
#[derive(Default)]
struct Fields {
    message: String,
    values: Map<String, Value>,
}

impl Fields {
    fn take_text(&mut self, name: &str) -> Option<String> {
        match self.values.shift_remove(name)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn take_number(&mut self, name: &str) -> Option<u32> {
        self.values.shift_remove(name)?.as_u64()?.try_into().ok()
    }

    fn set(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(message)) => self.message = message,
            ("log.module_path", _) => {}
            (name, value) => {
                self.values.insert(name.to_owned(), value);
            }
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, Value::from(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, Value::from(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, Value::from(format!("{value:?}")));
    }
}
