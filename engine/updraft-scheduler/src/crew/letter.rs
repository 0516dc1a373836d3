//! What the planning scheduler and the members of its crew write to each other.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use updraft_protocol::message::TaskInstance;
use updraft_worker::ApiError;

use crate::gateway::{Briefing, Write};

/// An attempt that a member is to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AssignedWorkload {
    /// Which attempt at which task.
    pub(crate) ti: TaskInstance,
    /// The source of its DAG, relative to the DAGs folder. How its program is started, each member finds out itself.
    pub(crate) source: String,
    pub(crate) execution_timeout: Option<Duration>,
    pub(crate) told: Briefing,
}

/// What a member asks of the planning scheduler.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Letter {
    /// An attempt wants something written.
    Write(Write),
    /// An attempt is over, and its slot is free. The error says why its end was not accepted.
    Over(Option<ApiError>),
}

/// What the planning scheduler answers.
pub(crate) type LetterAnswer = Result<(), ApiError>;

/// The text of something that is written.
pub(crate) fn text(letter: &impl Serialize) -> String {
    serde_json::to_string(letter).expect("what members write has a text")
}

/// Reads such a text. One that is not understood comes from a scheduler of another version.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    serde_json::from_str(text).map_err(|error| {
        let message = format!("another scheduler writes what this version does not understand: {error}");
        ApiError::Refused(message)
    })
}
