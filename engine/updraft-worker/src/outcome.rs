//! How an attempt ended.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use updraft_model::{Deferral, Wait, isoformat};

use crate::KillReason;

/// How an attempt ended, with what a person needs to know about it.
///
/// `Display` gives one line for lists and tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The task did its work.
    Success,
    /// The task passed itself over.
    Skipped {
        /// Its reason.
        reason: String,
    },
    /// The task gave its slot back and looks again later, in the same try.
    Rescheduled {
        /// When.
        at: Timestamp,
    },
    /// The task gave its slot back and waits for something; then it goes on, in the same try.
    Deferred(Box<Deferral>),
    /// The task gave an error, or panicked.
    Failed {
        /// The error, in one line.
        reason: String,
        /// Whether a further try may help; false for an error that the task calls final.
        retryable: bool,
    },
    /// The task took longer than its `execution_timeout` and was killed.
    TimedOut {
        /// That timeout.
        after: Duration,
    },
    /// The attempt was killed from outside.
    Killed {
        /// Why.
        reason: KillReason,
    },
    /// The process ended, or did what no bundle program does, before it said how the task ended.
    Crashed {
        /// What the process did, in one line.
        exit: ProgramExit,
    },
    /// The process could not be started, or the log could not be written; nothing of the task ran, or not all.
    CouldNotRun {
        /// What is wrong and what to do, in one line.
        reason: String,
    },
}

impl Outcome {
    /// Whether a further try may help.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Success | Self::Skipped { .. } | Self::Rescheduled { .. } | Self::Deferred(_) => false,
            Self::Failed { retryable, .. } => *retryable,
            Self::TimedOut { .. } | Self::Killed { .. } | Self::Crashed { .. } | Self::CouldNotRun { .. } => {
                true
            }
        }
    }
}

impl Outcome {
    /// The outcome with another text for what the task itself says.
    pub(crate) fn map_reason(self, map: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Skipped { reason } => Self::Skipped { reason: map(reason) },
            Self::Failed { reason, retryable } => Self::Failed {
                reason: map(reason),
                retryable,
            },
            other @ (Self::Success
            | Self::Rescheduled { .. }
            | Self::Deferred(_)
            | Self::TimedOut { .. }
            | Self::Killed { .. }
            | Self::Crashed { .. }
            | Self::CouldNotRun { .. }) => other,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => f.write_str("success"),
            Self::Skipped { reason } => write!(f, "skipped: {reason}"),
            Self::Rescheduled { at } => write!(f, "looks again at {}", isoformat(*at)),
            Self::Deferred(deferral) => match Wait::of(&deferral.trigger) {
                Ok(wait) => write!(f, "deferred, waits {wait}"),
                Err(problem) => write!(f, "deferred, but {problem}"),
            },
            Self::Failed { reason, .. } => write!(f, "failed: {reason}"),
            Self::TimedOut { after } => {
                write!(
                    f,
                    "timed out: it took longer than its execution_timeout of {after:?}"
                )
            }
            Self::Killed {
                reason: KillReason::Requested,
            } => f.write_str("killed on request"),
            Self::Killed {
                reason: KillReason::Shutdown,
            } => f.write_str("killed because the engine shut down"),
            Self::Killed {
                reason: KillReason::EngineUnreachable,
            } => f.write_str("killed because the engine could not be reached"),
            Self::Crashed { exit } => write!(f, "crashed: the task process {exit}"),
            Self::CouldNotRun { reason } => write!(f, "could not run: {reason}"),
        }
    }
}

/// How a process ended that should have gone on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProgramExit {
    /// It exited with this code.
    Code(i32),
    /// It was killed by this signal.
    Signal(i32),
    /// It sent something that is no message, and was killed.
    Garbage(String),
}

impl ProgramExit {
    /// Reads an exit code in which 128 and more stand for signals, as in a shell.
    pub const fn from_shell_code(code: i32) -> Self {
        match code {
            129..=192 => Self::Signal(code - 128),
            code => Self::Code(code),
        }
    }
}

impl fmt::Display for ProgramExit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exited with code {code}"),
            Self::Signal(number) => match signal_name(*number) {
                Some(name) => write!(f, "was killed by signal {number} ({name})"),
                None => write!(f, "was killed by signal {number}"),
            },
            Self::Garbage(what) => write!(f, "sent something that is no message: {what}"),
        }
    }
}

/// The names of the signals that end processes in practice, on Linux.
const fn signal_name(number: i32) -> Option<&'static str> {
    Some(match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT, as after a panic that cannot be caught",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL, as by the kernel when memory runs out",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => return None,
    })
}
