//! What attempts write, and whether they still may.

use jiff::Timestamp;
use serde_json::Value;
use updraft_model::{AttemptId, TaskInstanceState};

/// Something an attempt writes. All of a batch are applied in one transaction, in order of kind: starts, values,
/// heartbeats, ends.
#[derive(Debug, Clone)]
pub struct AttemptWrite {
    /// Who writes.
    pub attempt: AttemptId,
    /// What.
    pub kind: AttemptWriteKind,
}

/// The kinds of writes.
#[derive(Debug, Clone)]
pub enum AttemptWriteKind {
    /// A worker claims the attempt: queued becomes running. A repeat by the same host and process is accepted.
    Start {
        /// The worker's machine.
        hostname: String,
        /// The user it runs as.
        unixname: String,
        /// The worker's process.
        pid: u32,
        /// When it began.
        at: Timestamp,
    },
    /// A sign of life of a running attempt.
    Heartbeat {
        /// When.
        at: Timestamp,
        /// How far it is; `None` leaves what is there.
        progress: Option<Value>,
    },
    /// The attempt is over: it moves to the history, the task gets the state that the planner gave it. Accepted while the
    /// task is queued (an attempt that was lost before it started), running or restarting. A repeat with the same state is accepted.
    End {
        /// When.
        at: Timestamp,
        /// The state that the attempt has in the history.
        attempt_state: TaskInstanceState,
        /// How it ended, in one line for people.
        outcome: String,
        /// The task's new state.
        task_state: Option<TaskInstanceState>,
        /// The task's new `max_tries`.
        max_tries: u32,
        /// The task's new number of attempts lost in a row.
        lost_in_row: u32,
        /// When the task may be tried again.
        next_try_at: Option<Timestamp>,
    },
    /// A running attempt leaves a value for other tasks.
    SetXCom {
        /// Its name.
        key: String,
        /// The value.
        value: Value,
    },
    /// A running attempt takes a value away.
    DeleteXCom {
        /// Its name.
        key: String,
    },
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptVerdict {
    /// It is written.
    Accepted,
    /// The attempt is not, or no longer, the live one of its task, or its task is in a state in which it may not write this.
    NotLive {
        /// The state of the task, where the attempt is known at all.
        state: Option<TaskInstanceState>,
    },
    /// The value is larger than a value may be.
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The most it may have.
        bytes_max: usize,
    },
}
