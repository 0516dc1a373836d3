//! What kind of run, for which span of data, and how its id is written.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::RunId;

/// The span of data a run is about: from `start` up to but not including `end`.
///
/// Under a cron *trigger* timetable both are the moment the run fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataInterval {
    /// First instant of the span.
    pub start: Timestamp,
    /// First instant after the span.
    pub end: Timestamp,
}

impl DataInterval {
    /// The interval that begins and ends at one instant.
    pub const fn exact(at: Timestamp) -> Self {
        Self { start: at, end: at }
    }
}

impl fmt::Display for DataInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// Why a run exists. The text is Airflow's `run_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunType {
    /// Its timetable said so.
    Scheduled,
    /// A person or a program asked for it.
    Manual,
    /// It is part of a backfill.
    Backfill,
    /// Assets it depends on were updated.
    AssetTriggered,
    /// A task asked for it. Airflow 3; in Airflow 2 such a run is a manual one.
    OperatorTriggered,
}

impl RunType {
    /// Every run type.
    pub const ALL: [Self; 5] = [
        Self::Scheduled,
        Self::Manual,
        Self::Backfill,
        Self::AssetTriggered,
        Self::OperatorTriggered,
    ];

    /// Airflow's text, e.g. `scheduled`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Manual => "manual",
            Self::Backfill => "backfill",
            Self::AssetTriggered => "asset_triggered",
            Self::OperatorTriggered => "operator_triggered",
        }
    }

    /// Whether somebody asked for it, a person, a program or a task.
    pub const fn is_asked_for(self) -> bool {
        matches!(self, Self::Manual | Self::OperatorTriggered)
    }

    /// The run id that Airflow gives to a run of this type: `TYPE__DATE`.
    ///
    /// `at` is the logical date; at compat level 3 it is the `run_after` of a manual run. The date has
    /// microseconds only when there are some. Source: `DagRunType.generate_run_id`, Airflow 2.11.
    pub fn run_id(self, at: Timestamp) -> RunId {
        RunId::parse(&format!("{}__{}", self.as_str(), isoformat(at)))
            .expect("a run type and a date have only allowed characters")
    }
}

impl fmt::Display for RunType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no run type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no run type, known are `scheduled`, `manual`, `backfill`, `asset_triggered` and `operator_triggered`"
)]
pub struct UnknownRunType(pub String);

impl FromStr for RunType {
    type Err = UnknownRunType;

    fn from_str(text: &str) -> Result<Self, UnknownRunType> {
        let found = Self::ALL.into_iter().find(|run_type| run_type.as_str() == text);
        found.ok_or_else(|| UnknownRunType(text.to_owned()))
    }
}

/// Where a run stands in the order of its DAG's runs: at its logical date; without one, where it may start.
pub fn order_date(logical_date: Option<Timestamp>, run_after: Timestamp) -> Timestamp {
    logical_date.unwrap_or(run_after)
}

/// A time as Python's `isoformat` writes it in UTC: `2024-01-12T00:00:00+00:00`, microseconds only when there are
/// some.
pub fn isoformat(at: Timestamp) -> String {
    let format = if at.subsec_nanosecond() / 1000 == 0 {
        "%Y-%m-%dT%H:%M:%S"
    } else {
        "%Y-%m-%dT%H:%M:%S.%6f"
    };
    format!("{}+00:00", at.to_zoned(TimeZone::UTC).strftime(format))
}
