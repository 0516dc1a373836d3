//! What the two generations of Airflow mean by the same DAG: one method for each thing in which they differ.
//!
//! Sources: Airflow 2.11 and 3.3, where a DAG says nothing else. What a DAG does not say is settled where its source is
//! read; from there on its description says all.

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{CallbackEvent, RunType, Schedule, ScheduleKind, TriggerRule, UnknownTriggerRule};

/// Which Airflow generation's meaning a DAG has; the setting `[updraft] compat`. In the document `2` or `3`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum CompatLevel {
    /// Airflow 2.11: data intervals, `manual__<logical date>`.
    #[default]
    Two,
    /// Airflow 3: moments, and runs without a logical date.
    Three,
}

/// A number that is no compat level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no compat level, it is 2 or 3")]
pub struct UnknownCompatLevel(pub u8);

impl TryFrom<u8> for CompatLevel {
    type Error = UnknownCompatLevel;

    fn try_from(level: u8) -> Result<Self, UnknownCompatLevel> {
        match level {
            2 => Ok(Self::Two),
            3 => Ok(Self::Three),
            other => Err(UnknownCompatLevel(other)),
        }
    }
}

impl From<CompatLevel> for u8 {
    fn from(level: CompatLevel) -> Self {
        match level {
            CompatLevel::Two => 2,
            CompatLevel::Three => 3,
        }
    }
}

impl CompatLevel {
    /// How the moments of a plain schedule, a cron expression or a time between two runs, become runs.
    pub const fn schedule_kind(self) -> ScheduleKind {
        match self {
            Self::Two => ScheduleKind::DataInterval,
            Self::Three => ScheduleKind::Trigger,
        }
    }

    /// The schedule of a DAG with a start date that is given none.
    pub const fn default_schedule(self) -> Schedule {
        match self {
            Self::Two => Schedule::Delta {
                delta: Duration::from_hours(24),
                kind: ScheduleKind::DataInterval,
            },
            Self::Three => Schedule::None,
        }
    }

    /// Whether a DAG that does not say it makes up for all runs since its start date; what `[scheduler]
    /// catchup_by_default` is by itself.
    pub const fn catches_up(self) -> bool {
        matches!(self, Self::Two)
    }

    /// Whether a DAG with a schedule must have a start date.
    pub const fn wants_start_date(self) -> bool {
        matches!(self, Self::Two)
    }

    /// What `ignore_first_depends_on_past` is for a task that does not say it.
    pub const fn ignores_first_depends_on_past(self) -> bool {
        matches!(self, Self::Two)
    }

    /// Whether what comes after an empty task group follows on what comes before it.
    pub const fn orders_through_empty_groups(self) -> bool {
        matches!(self, Self::Three)
    }

    /// Whether a task that only decides how its run goes on leaves a `return_value`.
    pub const fn deciders_return(self) -> bool {
        matches!(self, Self::Two)
    }

    /// What callbacks a task that passes itself over has called.
    pub const fn events_of_a_skip(self) -> &'static [CallbackEvent] {
        match self {
            Self::Two => &[CallbackEvent::Skipped, CallbackEvent::Success],
            Self::Three => &[CallbackEvent::Skipped],
        }
    }

    /// Whether every run has a logical date; if not, runs that somebody triggers without one, and those that assets cause,
    /// have none, and no data interval.
    pub const fn dates_every_run(self) -> bool {
        matches!(self, Self::Two)
    }

    /// What a run is that a task asks for.
    pub const fn type_of_runs_for_tasks(self) -> RunType {
        match self {
            Self::Two => RunType::Manual,
            Self::Three => RunType::OperatorTriggered,
        }
    }

    /// Whether there is such a trigger rule.
    pub const fn has_rule(self, rule: TriggerRule) -> bool {
        match self {
            Self::Two => !matches!(rule, TriggerRule::AllDoneMinOneSuccess),
            Self::Three => true,
        }
    }

    /// The trigger rule of that name; Airflow 2 has older names for two of them.
    ///
    /// # Errors
    /// There is none at this level.
    pub fn trigger_rule(self, name: &str) -> Result<TriggerRule, UnknownTriggerRule> {
        match (self, name) {
            (Self::Two, "dummy") => Ok(TriggerRule::Always),
            (Self::Two, "none_failed_or_skipped") => Ok(TriggerRule::NoneFailedMinOneSuccess),
            (Self::Two | Self::Three, name) => TriggerRule::from_str(name)
                .ok()
                .filter(|rule| self.has_rule(*rule))
                .ok_or_else(|| UnknownTriggerRule(name.to_owned())),
        }
    }
}
