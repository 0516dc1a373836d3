//! What a worker is given to run.

use std::sync::Arc;
use std::time::Duration;

use updraft_model::AttemptId;
use updraft_protocol::launch::Launch;
use updraft_protocol::message::TaskInstance;

/// One attempt to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Which attempt at which task. `hostname` is filled in by the worker.
    pub ti: TaskInstance,
    /// The program that holds the task.
    pub launch: Arc<Launch>,
    /// The attempt is ended, and counts as timed out, when it takes longer.
    pub execution_timeout: Option<Duration>,
}

impl Workload {
    /// The attempt.
    pub const fn attempt(&self) -> AttemptId {
        self.ti.id
    }
}

/// Why an attempt is to be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KillReason {
    /// Somebody asked for it, or the engine gave the task another state.
    Requested,
    /// The engine is being shut down; the task is to be run again when it is back.
    Shutdown,
    /// Several heartbeats in a row have not reached the engine, which may have given the attempt up; the task is to be
    /// run again.
    EngineUnreachable,
}
