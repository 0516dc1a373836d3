//! The schedule as a DAG states it; a [`Timetable`](crate::Timetable) is what it becomes.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::CustomTimetable;
use crate::AssetExpression;

/// How a schedule's moments become runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleKind {
    /// A run covers the span between two moments and starts when it ends; its logical date is the span's start.
    /// What a plain `schedule=` means in Airflow 2.
    #[default]
    DataInterval,
    /// A run starts at a moment, which is also its logical date. What a plain `schedule=` means in Airflow 3.
    Trigger,
}

/// When a DAG runs, as its source says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// Only when somebody triggers it.
    #[default]
    None,
    /// Once, at its start date.
    Once,
    /// One run after the other, without a pause. Wants `max_active_runs` 1.
    Continuous,
    /// By a cron expression, in the DAG's time zone.
    Cron {
        /// The expression as written: croniter's dialect, or a preset such as `@daily`.
        expression: String,
        /// How its moments become runs.
        kind: ScheduleKind,
    },
    /// At every moment of several cron expressions; a run starts at its moment, which is also its logical date.
    Crons {
        /// The expressions as written, at least one.
        expressions: Vec<String>,
    },
    /// Every so often, counted in absolute time.
    Delta {
        /// The time between two runs; more than zero. Seconds in the document.
        #[serde(with = "crate::seconds")]
        delta: Duration,
        /// How its moments become runs.
        kind: ScheduleKind,
    },
    /// At each of a list of moments; a run's moment is also its logical date.
    Events {
        /// The moments, in the order in which they are looked at; it should be that of time.
        dates: Vec<Timestamp>,
        /// Whether a manual run has the date of the last event before it, instead of its own.
        #[serde(default)]
        restrict_to_events: bool,
        /// What it is called in lists; the number of events, if absent.
        #[serde(default)]
        description: Option<String>,
    },
    /// When assets have been updated.
    Assets {
        /// Which ones.
        assets: AssetExpression,
    },
    /// When assets have been updated, and beside that by the clock. Airflow's `AssetOrTimeSchedule`.
    AssetsOrTime {
        /// Which assets.
        assets: AssetExpression,
        /// The schedule that follows the clock.
        time: Box<Schedule>,
    },
    /// As a timetable of the source itself says it, which its program is asked for.
    Custom(Box<CustomTimetable>),
}

impl Schedule {
    /// The schedule that Airflow 2's `schedule="..."` means: `@once`, `@continuous`, a preset, or a cron expression with data
    /// intervals. For no schedule at all there is [`Schedule::None`].
    pub fn from_text(text: &str, kind: ScheduleKind) -> Self {
        match text {
            "@once" => Self::Once,
            "@continuous" => Self::Continuous,
            expression => Self::Cron {
                expression: expression.to_owned(),
                kind,
            },
        }
    }

    /// Whether runs come by themselves.
    pub fn can_be_scheduled(&self) -> bool {
        match self {
            Self::None => false,
            Self::Custom(timetable) => timetable.can_be_scheduled,
            Self::Once
            | Self::Continuous
            | Self::Cron { .. }
            | Self::Crons { .. }
            | Self::Delta { .. }
            | Self::Events { .. }
            | Self::Assets { .. }
            | Self::AssetsOrTime { .. } => true,
        }
    }

    /// The timetable of the source itself that it follows, alone or beside assets.
    pub fn custom(&self) -> Option<&CustomTimetable> {
        match self.by_time() {
            Self::Custom(timetable) => Some(timetable),
            _ => None,
        }
    }

    /// What it says about assets.
    pub const fn assets(&self) -> Option<&AssetExpression> {
        match self {
            Self::Assets { assets } | Self::AssetsOrTime { assets, .. } => Some(assets),
            Self::None
            | Self::Once
            | Self::Continuous
            | Self::Cron { .. }
            | Self::Crons { .. }
            | Self::Delta { .. }
            | Self::Events { .. }
            | Self::Custom(_) => None,
        }
    }

    /// The part of it that follows the clock.
    pub fn by_time(&self) -> &Self {
        match self {
            Self::Assets { .. } => &Self::None,
            Self::AssetsOrTime { time, .. } => time,
            Self::None
            | Self::Once
            | Self::Continuous
            | Self::Cron { .. }
            | Self::Crons { .. }
            | Self::Delta { .. }
            | Self::Events { .. }
            | Self::Custom(_) => self,
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.pad("None"),
            Self::Once => f.pad("@once"),
            Self::Continuous => f.pad("@continuous"),
            Self::Crons { expressions } => f.pad(&expressions.join(", ")),
            Self::Cron { expression, .. } => f.pad(expression),
            Self::Events {
                description: Some(description),
                ..
            } => f.pad(description),
            Self::Events { dates, .. } => f.pad(&format!("{} events", dates.len())),
            Self::Delta { delta, .. } => write!(f, "every {delta:?}"),
            Self::Custom(timetable) => f.pad(&timetable.summary),
            Self::Assets { assets } => f.pad(&assets.to_string()),
            Self::AssetsOrTime { assets, time } => f.pad(&format!("{assets} or {time}")),
        }
    }
}
