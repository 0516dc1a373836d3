//! Ours: the order to call callbacks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use updraft_model::{CallbackEvent, CallbackId, TaskId};

/// The order to call the callbacks for an event, in the place of the task. What the supervisor answers to a task it answers
/// to callbacks too, but they leave no `XComs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackOrder {
    /// The identity of the event: the same at each delivery, and at no other event.
    pub id: CallbackId,
    /// What has happened.
    pub event: CallbackEvent,
    /// Whose callbacks they are.
    pub scope: CallbackScope,
    /// Which delivery this is, from 1; more than 1 after one that failed.
    pub delivery: u32,
    /// How the attempt or run ended, in words.
    pub reason: String,
    /// The places of the functions that an earlier delivery has called and that have returned; they are left out.
    #[serde(default)]
    pub done: Vec<u32>,
    /// The deadline that was missed, for an event of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<MissedDeadline>,
}

/// A deadline of a run that was missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedDeadline {
    /// Its place in the DAG's list, if it is one of those; only the function of that place is called.
    #[serde(default)]
    pub place: Option<u32>,
    /// The task whose `sla` it is, otherwise.
    #[serde(default)]
    pub task_id: Option<TaskId>,
    /// When it was.
    pub due: Timestamp,
}

/// Whose callbacks are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackScope {
    /// Those of the task; the event is one of its attempt.
    Task,
    /// Those of the DAG; the event is one of its run. The task is then the one that the run ended with.
    Dag,
}

/// One of the functions was called and has returned; it is not called again for this event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdraftCallbackDone {
    /// Its place in the list, from 0.
    pub place: u32,
}
