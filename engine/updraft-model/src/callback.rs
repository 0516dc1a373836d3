//! Callbacks: functions of a DAG's source that are called when something has happened to a task or a run.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AttemptId, AttemptOutcome, CompatLevel, DagRunState, DeadlineName, RunKey, TaskInstanceState};

/// What a callback is called for. The text is Airflow's argument, e.g. `on_failure_callback`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CallbackEvent {
    /// An attempt at a task begins. Called in the task's own process, before the task.
    #[serde(rename = "on_execute_callback")]
    Execute,
    /// An attempt, or a run, ended well.
    #[serde(rename = "on_success_callback")]
    Success,
    /// A task failed and is not tried again, or a run failed.
    #[serde(rename = "on_failure_callback")]
    Failure,
    /// An attempt failed, and the task will be tried again.
    #[serde(rename = "on_retry_callback")]
    Retry,
    /// A task has passed itself over.
    #[serde(rename = "on_skipped_callback")]
    Skipped,
    /// A run has begun. There is no such callback in Airflow, but listeners of plugins are told, by this name.
    #[serde(rename = "on_dag_run_running")]
    Running,
    /// A task has not succeeded within its `sla`. A callback of the DAG.
    #[serde(rename = "sla_miss_callback")]
    SlaMiss,
    /// A run has not succeeded by a deadline. A callback of the DAG, one for each deadline.
    #[serde(rename = "deadline")]
    Deadline,
}

impl CallbackEvent {
    /// Every event of an attempt at a task.
    pub const OF_TASKS: [Self; 5] = [
        Self::Execute,
        Self::Success,
        Self::Failure,
        Self::Retry,
        Self::Skipped,
    ];

    /// Every event.
    pub const ALL: [Self; 8] = [
        Self::Execute,
        Self::Success,
        Self::Failure,
        Self::Retry,
        Self::Skipped,
        Self::Running,
        Self::SlaMiss,
        Self::Deadline,
    ];

    /// Airflow's name of the argument.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Execute => "on_execute_callback",
            Self::Success => "on_success_callback",
            Self::Failure => "on_failure_callback",
            Self::Retry => "on_retry_callback",
            Self::Skipped => "on_skipped_callback",
            Self::Running => "on_dag_run_running",
            Self::SlaMiss => "sla_miss_callback",
            Self::Deadline => "deadline",
        }
    }

    /// What the end of an attempt is an event of, given the state that it leads its task to. Nothing for one that was lost
    /// or whose task was cleared: the same try, or the task, begins anew.
    ///
    /// What a person or a rule does to a task is no such event, as in Airflow 2.11: callbacks are called only for what
    /// became of an attempt.
    pub const fn of_attempt(
        outcome: AttemptOutcome,
        state: Option<TaskInstanceState>,
        compat: CompatLevel,
    ) -> &'static [Self] {
        match (outcome, state) {
            (AttemptOutcome::Success, Some(TaskInstanceState::Success)) => &[Self::Success],
            (AttemptOutcome::Skipped, Some(TaskInstanceState::Skipped)) => compat.events_of_a_skip(),
            (_, Some(TaskInstanceState::UpForRetry)) => &[Self::Retry],
            (_, Some(TaskInstanceState::Failed)) => &[Self::Failure],
            _ => &[],
        }
    }

    /// What the new state of a run is an event of.
    pub const fn of_run(state: DagRunState) -> Option<Self> {
        match state {
            DagRunState::Success => Some(Self::Success),
            DagRunState::Failed => Some(Self::Failure),
            DagRunState::Running => Some(Self::Running),
            DagRunState::Queued => None,
        }
    }
}

impl fmt::Display for CallbackEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no event of callbacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no callback")]
pub struct UnknownCallbackEvent(pub String);

impl FromStr for CallbackEvent {
    type Err = UnknownCallbackEvent;

    fn from_str(text: &str) -> Result<Self, UnknownCallbackEvent> {
        let found = Self::ALL.into_iter().find(|event| event.as_str() == text);
        found.ok_or_else(|| UnknownCallbackEvent(text.to_owned()))
    }
}

/// Names one event that callbacks are called for. It is made of what the event happened to, so that there is one per
/// event, however often that is written or delivered; callbacks may use it as an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallbackId(Arc<str>);

impl CallbackId {
    /// The event of an attempt: `on_failure_callback:ATTEMPT`.
    pub fn of_attempt(event: CallbackEvent, attempt: AttemptId) -> Self {
        Self(format!("{event}:{attempt}").into())
    }

    /// The event of a run that was cleared so often: `on_failure_callback:DAG:RUN:CLEARED`.
    pub fn of_run(event: CallbackEvent, run: &RunKey, clear_number: u32) -> Self {
        Self(format!("{event}:{}:{}:{clear_number}", run.dag_id, run.run_id).into())
    }

    /// A deadline of a run that was missed: `deadline:DAG:RUN:NAME:DUE`. A run that is
    /// cleared may get a later deadline, and so another event.
    pub fn of_deadline(run: &RunKey, name: &DeadlineName, due: Timestamp) -> Self {
        let event = name.event();
        Self(format!("{event}:{}:{}:{name}:{due}", run.dag_id, run.run_id).into())
    }

    /// An id as it was written before.
    pub fn from_text(text: &str) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallbackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
