//! Sensors: tasks that wait until something is so.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Context, TaskError, TaskFunction, TaskResult, now};

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

/// A function that looks, and how often and how long it does. The defaults are those of Airflow's `BaseSensorOperator`.
#[derive(Debug, Clone)]
pub(crate) struct Sensor {
    poke: TaskFunction,
    pub(crate) poke_interval: Duration,
    pub(crate) timeout: Duration,
    pub(crate) mode: SensorMode,
    pub(crate) soft_fail: bool,
}

impl Sensor {
    pub(crate) const fn new(poke: TaskFunction) -> Self {
        Self {
            poke,
            poke_interval: Duration::from_mins(1),
            timeout: Duration::from_hours(7 * 24),
            mode: SensorMode::Poke,
            soft_fail: false,
        }
    }

    /// Looks until it is time to go on; in mode `reschedule` once.
    pub(crate) async fn run(&self, context: &Context) -> TaskResult<Value> {
        let began = context.try_began_at();
        loop {
            let seen = self.poke.call(context.clone()).await?;
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
        if waited <= self.timeout {
            return Ok(());
        }
        let message = format!(
            "the sensor has waited for {waited:?}, its timeout is {:?}",
            self.timeout
        );
        Err(if self.soft_fail {
            TaskError::skip(message)
        } else {
            TaskError::fail_without_retry(message)
        })
    }
}
