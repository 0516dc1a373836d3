//! How a task process says that its attempt is over.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::{Deferral, Trigger};

use super::{AssetProfile, OutletEventResult};
use crate::{duration, time};

/// The attempt ended well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SucceedTask {
    /// Always `success`.
    #[serde(default)]
    pub state: Success,
    /// When it ended.
    #[serde(serialize_with = "time::serialize")]
    pub end_date: Timestamp,
    /// Assets that the task updated. The engine knows them from the DAG; they are here for Airflow's sake.
    #[serde(default)]
    pub task_outlets: Vec<AssetProfile>,
    /// What the task has to say about those assets.
    #[serde(default)]
    pub outlet_events: Vec<OutletEventResult>,
}

impl SucceedTask {
    /// Success, without assets.
    pub const fn at(end_date: Timestamp) -> Self {
        Self {
            state: Success::Success,
            end_date,
            task_outlets: Vec::new(),
            outlet_events: Vec::new(),
        }
    }
}

/// The state that [`SucceedTask`] repeats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Success {
    /// `success`
    #[default]
    Success,
}

/// The attempt failed and may be tried again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetryTask {
    /// Always `up_for_retry`.
    #[serde(default)]
    pub state: UpForRetry,
    /// When it ended.
    #[serde(serialize_with = "time::serialize")]
    pub end_date: Timestamp,
    /// Why it failed, in one line; Airflow keeps the first 500 characters.
    #[serde(default)]
    pub retry_reason: Option<String>,
    /// How long to wait before the next try, if not as long as the task says; a number of seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_delay_seconds: Option<f64>,
}

impl RetryTask {
    /// A failure with a reason.
    pub fn at(end_date: Timestamp, reason: String) -> Self {
        Self {
            state: UpForRetry::UpForRetry,
            end_date,
            retry_reason: Some(reason),
            retry_delay_seconds: None,
        }
    }

    /// How long to wait before the next try, if not as long as the task says. Less than nothing is nothing.
    pub fn retry_delay(&self) -> Option<Duration> {
        let seconds = self.retry_delay_seconds.filter(|seconds| !seconds.is_nan())?;
        Some(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
    }
}

/// The state that [`RetryTask`] repeats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpForRetry {
    /// `up_for_retry`
    #[default]
    UpForRetry,
}

/// The task gives its slot back and looks again later, in the same try.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RescheduleTask {
    /// Always `up_for_reschedule`.
    #[serde(default)]
    pub state: UpForReschedule,
    /// When it looks again.
    #[serde(serialize_with = "time::serialize")]
    pub reschedule_date: Timestamp,
    /// When this attempt ended.
    #[serde(serialize_with = "time::serialize")]
    pub end_date: Timestamp,
}

/// The state that [`RescheduleTask`] repeats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpForReschedule {
    /// `up_for_reschedule`
    #[default]
    UpForReschedule,
}

/// The task gives its slot back and waits for a trigger; then it goes on, in the same try.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeferTask {
    /// Always `deferred`.
    #[serde(default)]
    pub state: Deferred,
    /// The class of the trigger.
    pub classpath: String,
    /// Its arguments.
    #[serde(default)]
    pub trigger_kwargs: Map<String, Value>,
    /// How long it waits at most: a number of seconds, or a duration as in ISO 8601.
    #[serde(default, with = "duration::optional")]
    pub trigger_timeout: Option<Duration>,
    /// The method that goes on.
    pub next_method: String,
    /// What that method is given beside the event.
    #[serde(default)]
    pub next_kwargs: Map<String, Value>,
}

/// The state that [`DeferTask`] repeats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferred {
    /// `deferred`
    #[default]
    Deferred,
}

impl From<Deferral> for DeferTask {
    fn from(deferral: Deferral) -> Self {
        Self {
            state: Deferred::Deferred,
            classpath: deferral.trigger.classpath,
            trigger_kwargs: deferral.trigger.kwargs,
            trigger_timeout: deferral.timeout,
            next_method: deferral.next_method,
            next_kwargs: deferral.next_kwargs,
        }
    }
}

impl From<DeferTask> for Deferral {
    fn from(message: DeferTask) -> Self {
        Self {
            trigger: Trigger {
                classpath: message.classpath,
                kwargs: message.trigger_kwargs,
            },
            next_method: message.next_method,
            next_kwargs: message.next_kwargs,
            timeout: message.trigger_timeout,
        }
    }
}

/// The attempt ended, neither well nor to be tried again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskState {
    /// How.
    pub state: EndedState,
    /// When.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub end_date: Option<Timestamp>,
    /// Ours: why, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The final states of [`TaskState`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedState {
    /// It failed, and a further try would not help or there is none.
    Failed,
    /// It passed itself over.
    Skipped,
    /// It is no longer in its DAG.
    Removed,
}
