//! Spans of time as version 1 and 2 write them.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

/// How long something takes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct TimeDelta {
    #[serde(rename = "__type")]
    kind: &'static str,
    days: u64,
    seconds: u64,
    microseconds: u32,
}

impl From<Duration> for TimeDelta {
    fn from(duration: Duration) -> Self {
        Self {
            kind: "TimeDelta",
            days: duration.as_secs() / 86_400,
            seconds: duration.as_secs() % 86_400,
            microseconds: duration.subsec_micros(),
        }
    }
}
