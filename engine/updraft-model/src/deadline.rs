//! Deadlines: the time by which a run, or a task of it, should have ended well, and what names the alert that says it has not.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{CallbackEvent, RunType, TaskId};

/// A deadline of a DAG's runs; Airflow 3's `DeadlineAlert`. Its callback is called when a run has not succeeded by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadlineSpec {
    /// From when it counts.
    pub reference: DeadlineReference,
    /// How long after that; before it, if negative. Seconds.
    #[serde(with = "signed_seconds")]
    pub interval: SignedDuration,
}

/// From when a deadline counts; Airflow 3's `DeadlineReference`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DeadlineReference {
    /// The logical date of the run; without one there is no such deadline.
    DagrunLogicalDate,
    /// When the run was queued, last time.
    DagrunQueuedAt,
    /// This time, whatever the run is.
    FixedDatetime(Timestamp),
    /// When the run was queued, and as long after that as runs took before on average. There is no deadline while
    /// fewer than `min_runs` runs have ended.
    AverageRuntime {
        /// How many of the newest runs count.
        max_runs: u32,
        /// How many there must be.
        min_runs: u32,
    },
}

/// What a deadline needs to know of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadlineRun {
    /// Why it exists.
    pub run_type: RunType,
    /// Its logical date, if it has one.
    pub logical_date: Option<Timestamp>,
    /// It must not start earlier.
    pub run_after: Timestamp,
    /// When it was queued, last time.
    pub queued_at: Timestamp,
}

/// A deadline of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueAt {
    /// The time it counts from; if that changes, because the run was cleared, there is a new deadline.
    pub reference: Timestamp,
    /// The deadline; the end of time if it is beyond that.
    pub due: Timestamp,
}

impl DeadlineSpec {
    /// The deadline of a run; `runtimes` are those of the runs before, the newest first.
    ///
    /// `None` if too few runs have ended to know an average, or if it counts from a logical date that the run does not have.
    pub fn due(&self, run: &DeadlineRun, runtimes: &[Duration]) -> Option<DueAt> {
        let (reference, runtime) = match self.reference {
            DeadlineReference::DagrunLogicalDate => (run.logical_date?, Duration::ZERO),
            DeadlineReference::DagrunQueuedAt => (run.queued_at, Duration::ZERO),
            DeadlineReference::FixedDatetime(at) => (at, Duration::ZERO),
            DeadlineReference::AverageRuntime { max_runs, min_runs } => {
                (run.queued_at, average(runtimes, max_runs, min_runs)?)
            }
        };
        let due = reference
            .checked_add(runtime)
            .and_then(|at| at.checked_add(self.interval));
        Some(DueAt {
            reference,
            due: due.unwrap_or(if self.interval.is_negative() {
                Timestamp::MIN
            } else {
                Timestamp::MAX
            }),
        })
    }

    /// How many runs before a run it looks at.
    pub const fn runs_needed(&self) -> u32 {
        match self.reference {
            DeadlineReference::AverageRuntime { max_runs, .. } => max_runs,
            DeadlineReference::DagrunLogicalDate
            | DeadlineReference::DagrunQueuedAt
            | DeadlineReference::FixedDatetime(_) => 0,
        }
    }
}

fn average(runtimes: &[Duration], max_runs: u32, min_runs: u32) -> Option<Duration> {
    let counted = runtimes.len().min(max_runs as usize);
    let count = u32::try_from(counted)
        .ok()
        .filter(|count| *count > 0 && *count >= min_runs)?;
    Some(runtimes[..counted].iter().sum::<Duration>() / count)
}

/// The time by which a task with an `sla` should have succeeded: so long after the period of a scheduled run is over, and
/// after any other run was queued.
pub fn sla_due(sla: Duration, run: &DeadlineRun) -> DueAt {
    let reference = match run.run_type {
        RunType::Scheduled => run.run_after,
        RunType::Manual | RunType::Backfill | RunType::AssetTriggered | RunType::OperatorTriggered => {
            run.queued_at
        }
    };
    DueAt {
        reference,
        due: reference.checked_add(sla).unwrap_or(Timestamp::MAX),
    }
}

/// Which deadline of a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeadlineName {
    /// The one at this place in the DAG's list: `deadline:0`.
    Dag(u32),
    /// The `sla` of a task: `sla:TASK`.
    Sla(TaskId),
}

impl DeadlineName {
    /// What missing it is an event of.
    pub const fn event(&self) -> CallbackEvent {
        match self {
            Self::Dag(_) => CallbackEvent::Deadline,
            Self::Sla(_) => CallbackEvent::SlaMiss,
        }
    }
}

impl fmt::Display for DeadlineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dag(place) => write!(f, "deadline:{place}"),
            Self::Sla(task_id) => write!(f, "sla:{task_id}"),
        }
    }
}

/// A text that names no deadline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no deadline, it is `deadline:PLACE` or `sla:TASK`")]
pub struct UnknownDeadline(String);

impl FromStr for DeadlineName {
    type Err = UnknownDeadline;

    fn from_str(text: &str) -> Result<Self, UnknownDeadline> {
        let name = match text.split_once(':') {
            Some(("deadline", place)) => place.parse().ok().map(Self::Dag),
            Some(("sla", task_id)) => TaskId::parse(task_id).ok().map(Self::Sla),
            _ => None,
        };
        name.ok_or_else(|| UnknownDeadline(text.to_owned()))
    }
}

/// Signed durations in documents: a number of seconds, with a fraction where there is one.
mod signed_seconds {
    use jiff::SignedDuration;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        duration: &SignedDuration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SignedDuration, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        SignedDuration::try_from_secs_f64(seconds)
            .map_err(|_| serde::de::Error::custom(format!("`{seconds}` is not a number of seconds")))
    }
}
