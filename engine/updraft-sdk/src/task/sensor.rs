//! Sensors: tasks that wait until something is so.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::{Trigger, Wait};

use super::{Context, Defer, TaskError, TaskFunction, TaskResult, WaitFailure, now};

/// What a sensor has seen: nothing yet, or that it is time to go on, perhaps with a value for other tasks.
///
/// `true` and `false` are the two without a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Poke {
    is_done: bool,
    value: Value,
}

impl Poke {
    /// It is time to go on, and this is left as the `XCom` `return_value`.
    pub fn done(value: impl Into<Value>) -> Self {
        Self {
            is_done: true,
            value: value.into(),
        }
    }
}

impl From<bool> for Poke {
    fn from(is_done: bool) -> Self {
        Self {
            is_done,
            value: Value::Null,
        }
    }
}

/// What a sensor does between two looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SensorMode {
    /// It keeps its slot and its process. Right for short waits.
    #[default]
    Poke,
    /// It gives its slot back, and is `up_for_reschedule` until it looks again.
    Reschedule,
}

/// How long a sensor looks that does not say.
const TIMEOUT: Duration = Duration::from_hours(7 * 24);

/// Who looks.
#[derive(Debug, Clone)]
enum Eye {
    /// A function of the task, which gives a [`Poke`].
    Function(TaskFunction),
    /// The engine, for the [`Trigger`] that a function of the task gives.
    Engine(TaskFunction),
}

/// Who looks, and how often and how long. The defaults are those of Airflow's `BaseSensorOperator`.
#[derive(Debug, Clone)]
pub(crate) struct Sensor {
    eye: Eye,
    pub(crate) poke_interval: Duration,
    /// `None`: 7 days, unless it waits for a moment.
    pub(crate) timeout: Option<Duration>,
    pub(crate) mode: SensorMode,
    pub(crate) soft_fail: bool,
}

impl Sensor {
    /// A sensor whose function looks.
    pub(crate) const fn new(poke: TaskFunction) -> Self {
        Self::with(Eye::Function(poke))
    }

    /// A sensor for which the engine looks.
    pub(crate) const fn deferrable(trigger: TaskFunction) -> Self {
        Self::with(Eye::Engine(trigger))
    }

    const fn with(eye: Eye) -> Self {
        Self {
            eye,
            poke_interval: Duration::from_mins(1),
            timeout: None,
            mode: SensorMode::Poke,
            soft_fail: false,
        }
    }

    /// Looks until it is time to go on; in mode `reschedule` once. Or has the engine look.
    pub(crate) async fn run(&self, context: &Context) -> TaskResult<Value> {
        match &self.eye {
            Eye::Function(poke) => self.look(poke, context).await,
            Eye::Engine(trigger) => self.wait(trigger, context).await,
        }
    }

    /// Source: `BaseSensorOperator.resume_execution` of Airflow 2.11, but for `soft_fail`, which skips after any timeout.
    pub(crate) fn failed(&self, failure: WaitFailure) -> TaskError {
        match failure {
            WaitFailure::TimedOut if self.soft_fail => TaskError::skip(failure),
            WaitFailure::TimedOut => TaskError::fail_without_retry(failure),
            WaitFailure::Failed(_) => failure.into(),
        }
    }

    async fn wait(&self, trigger: &TaskFunction, context: &Context) -> TaskResult<Value> {
        if context.next_method().is_some() {
            self.check_event(context.event())?;
            context.logger().info("what the sensor waits for has come");
            return Ok(Value::Null);
        }
        let trigger = trigger.call(context.clone()).await?;
        let trigger: Trigger = serde_json::from_value(trigger).map_err(TaskError::from)?;
        let poke_interval = Wait::of(&trigger).ok().and_then(|wait| wait.poke_interval());
        let is_looked_at = poke_interval.is_some();
        let timeout = self.timeout.or(is_looked_at.then_some(TIMEOUT));
        let says_how_often = ["poke_interval", "poll_interval"]
            .iter()
            .any(|name| trigger.kwargs.contains_key(*name));
        let trigger = if is_looked_at && !says_how_often {
            trigger.kwarg("poke_interval", self.poke_interval.as_secs_f64())
        } else {
            trigger
        };
        let waited = Duration::try_from(now().duration_since(context.try_began_at())).unwrap_or_default();
        let mut defer = Defer::to(trigger);
        if let Some(timeout) = timeout {
            defer = defer.timeout(timeout.saturating_sub(waited));
        }
        Err(TaskError::defer(defer))
    }

    /// Some triggers say with a `status` that what they waited for has gone wrong. Source: `execute_complete` of Airflow's deferrable
    /// sensors.
    fn check_event(&self, event: Option<&Value>) -> TaskResult {
        let said = |name: &str| event.and_then(|event| event.get(name)).and_then(Value::as_str);
        let message = |otherwise: &str| said("message").unwrap_or(otherwise).to_owned();
        match said("status") {
            Some("skipped") => Err(TaskError::skip(message("what the sensor waits for was skipped"))),
            Some("failed" | "error") => {
                let message = message("what the sensor waits for has failed");
                Err(if self.soft_fail {
                    TaskError::skip(message)
                } else {
                    message.into()
                })
            }
            _ => Ok(()),
        }
    }

    async fn look(&self, poke: &TaskFunction, context: &Context) -> TaskResult<Value> {
        let began = context.try_began_at();
        loop {
            let seen = poke.call(context.clone()).await?;
            let seen: Poke = serde_json::from_value(seen).map_err(TaskError::from)?;
            if seen.is_done {
                context.logger().info("what the sensor waits for has come");
                return Ok(seen.value);
            }
            self.check_timeout(began)?;
            match self.mode {
                SensorMode::Poke => tokio::time::sleep(self.poke_interval).await,
                SensorMode::Reschedule => {
                    let at = now().checked_add(self.poke_interval);
                    return Err(TaskError::reschedule(at.unwrap_or(Timestamp::MAX)));
                }
            }
        }
    }

    /// Source: `BaseSensorOperator.execute` of Airflow 2.11; its `AirflowSensorTimeout` is not retried.
    fn check_timeout(&self, began: Timestamp) -> TaskResult {
        let waited = Duration::try_from(now().duration_since(began)).unwrap_or_default();
        let timeout = self.timeout.unwrap_or(TIMEOUT);
        if waited <= timeout {
            return Ok(());
        }
        let message = format!("the sensor has waited for {waited:?}, its timeout is {timeout:?}");
        Err(if self.soft_fail {
            TaskError::skip(message)
        } else {
            TaskError::fail_without_retry(message)
        })
    }
}
