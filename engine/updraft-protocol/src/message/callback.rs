//! Ours: the order to call callbacks.

use serde::{Deserialize, Serialize};
use updraft_model::{CallbackEvent, CallbackId};

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
