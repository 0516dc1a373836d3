//! Triggers of Python: ours, between the scheduler and the one process that waits for all of them.
//!
//! The scheduler numbers what it orders; a trigger that is run again has another number, so that what an earlier one still says is
//! known to be old.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::{DagId, MapIndex, RunId, TaskEnd, TaskId};

use super::{LogLine, ToSupervisor};

/// The order to wait for a trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdraftRunTrigger {
    /// Its number.
    pub trigger: u64,
    /// Its class, e.g. `company.triggers.OrderShipped`.
    pub classpath: String,
    /// Its arguments, as Airflow serialises them.
    pub kwargs: Map<String, Value>,
    /// The DAG of the task that waits.
    pub dag_id: DagId,
    /// The task.
    pub task_id: TaskId,
    /// Its run.
    pub run_id: RunId,
    /// Which copy of a mapped task; -1 if it is not mapped.
    pub map_index: MapIndex,
    /// Which try this is, from 1.
    pub try_number: u32,
}

/// The order to wait for a trigger no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdraftCancelTrigger {
    /// Its number.
    pub trigger: u64,
}

/// What the process says, never answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum UpdraftTriggerer {
    /// It takes orders: the first that it says.
    Ready {
        /// Its process id.
        pid: i32,
        /// One of its file descriptors: a file with 8 bytes, the number of the trigger whose code is at work, little-endian, or 0.
        mark: i32,
    },
    /// Its loop goes round.
    Beat {
        /// How many triggers it has.
        running: u64,
    },
    /// A trigger has an event, and with that it is over.
    Event {
        /// Its number.
        trigger: u64,
        /// What it has to say, as Airflow serialises it.
        payload: Value,
    },
    /// A trigger has an event that ends the task itself.
    TaskEnd {
        /// Its number.
        trigger: u64,
        /// How the task ends, and what it leaves.
        end: TaskEnd,
    },
    /// A trigger cannot be waited for.
    Failed {
        /// Its number.
        trigger: u64,
        /// Why; may have several lines.
        error: String,
    },
    /// Nothing of a trigger runs any more: nothing follows about it.
    Over {
        /// Its number.
        trigger: u64,
    },
    /// A trigger keeps all others waiting.
    Blocks {
        /// Its number.
        trigger: u64,
        /// For how long until now, in seconds.
        seconds: f64,
        /// The calls in which it stands, the innermost last.
        stack: String,
    },
    /// A trigger logs something.
    Log {
        /// Its number; 0 if it is not known whose code has logged it.
        trigger: u64,
        /// The lines.
        lines: Vec<LogLine>,
    },
}

/// A trigger asks what a task may ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdraftTriggerAsk {
    /// Its number; 0 if it is not known whose code asks.
    pub trigger: u64,
    /// What it asks.
    pub request: Box<ToSupervisor>,
}
