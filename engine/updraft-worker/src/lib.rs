//! Runs one attempt: process, heartbeat, log, timeout and the kill of its process tree.

mod api;
mod outcome;
mod workload;

pub use api::{ApiError, AttemptEnd, AttemptStart, Heartbeat, TaskApi};
pub use outcome::{Outcome, ProgramExit};
pub use workload::{KillReason, Workload};
