//! What a worker is given to run.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use updraft_model::AttemptId;
use updraft_protocol::launch::Launch;
use updraft_protocol::message::{CallbackOrder, CallbackScope, TaskInstance};

use crate::log::{callback_log_path, log_path, run_callback_log_path};

/// One attempt to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Which attempt at which task. `hostname` is filled in by the worker.
    pub ti: TaskInstance,
    /// The program that holds the task.
    pub launch: Arc<Launch>,
    /// The attempt is ended, and counts as timed out, when it takes longer.
    pub execution_timeout: Option<Duration>,
    /// Callbacks to be called in the place of the task; `ti` is then the task instance they are about, with the id of this
    /// delivery.
    pub callback: Option<CallbackOrder>,
}

impl Workload {
    /// The attempt.
    pub const fn attempt(&self) -> AttemptId {
        self.ti.id
    }

    /// Where its log lies, in the logs folder.
    pub fn log_path(&self, folder: &Path) -> PathBuf {
        let (key, try_number) = (self.ti.key(), self.ti.try_number);
        match &self.callback {
            None => log_path(folder, &key, try_number),
            Some(CallbackOrder { scope, event, .. }) => match scope {
                CallbackScope::Task => callback_log_path(folder, &key, try_number, *event),
                CallbackScope::Dag => run_callback_log_path(folder, &key.run_key(), *event),
            },
        }
    }
}

/// Why an attempt is to be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KillReason {
    /// Somebody asked for it, or the engine gave the task another state.
    Requested,
    /// The engine is being shut down; the task is to be run again when it is back.
    Shutdown,
    /// Several heartbeats in a row have not reached the engine, which may have given the attempt up; the task is to be
    /// run again.
    EngineUnreachable,
}
