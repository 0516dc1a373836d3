//! The process that waits for triggers of Python: all of them in one asyncio loop.
//!
//! A trigger that keeps the loop from going round keeps all others waiting. So the process says at intervals that its loop goes
//! round; one that is silent for too long is given up, and is said with the trigger whose code was at work. That stands in a
//! [`Mark`](mark::Mark), which can be read also when the process cannot say anything any more.

mod mark;
mod process;
mod reports;

pub use process::{TriggerProcess, TriggersGone};

use std::time::Duration;

use serde_json::{Map, Value};
use updraft_model::{AttemptId, TaskKey, WaitEnd};

/// A trigger that is to be waited for.
#[derive(Debug, Clone, PartialEq)]
pub struct TriggerOrder {
    /// The wait: the attempt that ended with it.
    pub wait: AttemptId,
    /// The task that waits.
    pub key: TaskKey,
    /// In which try, from 1.
    pub try_number: u32,
    /// The trigger's class, e.g. `company.triggers.OrderShipped`.
    pub classpath: String,
    /// Its arguments, as Airflow serialises them.
    pub kwargs: Map<String, Value>,
}

/// How long a process may say nothing. Real time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TriggerLimits {
    /// After its start, until it takes orders.
    pub start_max: Duration,
    /// Later, when it says every second that its loop goes round.
    pub silence_max: Duration,
}

impl Default for TriggerLimits {
    /// 2 minutes for the start, and 30 seconds of silence.
    fn default() -> Self {
        Self {
            start_max: Duration::from_mins(2),
            silence_max: Duration::from_secs(30),
        }
    }
}

/// What a process has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerNews {
    /// It takes orders.
    Ready,
    /// A trigger is over.
    Ended {
        /// Its number.
        trigger: u64,
        /// With what.
        end: WaitEnd,
    },
    /// The process is of no use any more, and nothing follows.
    Gone(TriggersGone),
}
