//! A schedule made ready: its expression parsed, its zone found.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::delta::Delta;
use super::events::Events;
use super::schedule::{Schedule, ScheduleKind};
use super::zone::{self, ZonedCron};
use super::{interval, trigger};
use crate::{CronError, CronExpression, DataInterval, NoMatchingDate};

/// The shortest time between two runs of a continuous schedule.
const CONTINUOUS_APART: Duration = Duration::from_secs(1);

/// Why a schedule cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimetableError {
    /// The cron expression is wrong.
    #[error("schedule: {0}")]
    Cron(CronError),
    /// The zone does not exist.
    #[error(
        "timezone: `{zone}` is no time zone, it must be an IANA name such as `UTC`, `Europe/Berlin` or `America/New_York`"
    )]
    UnknownZone {
        /// The name as given.
        zone: String,
    },
    /// There is a list of cron expressions without any in it.
    #[error("schedule: the list of cron expressions is empty, give at least one")]
    NoExpressions,
    /// The time between two runs is zero.
    #[error("schedule: the time between two runs is 0 seconds, it must be more")]
    ZeroDelta,
    /// Beside assets there is no schedule that follows the clock.
    #[error(
        "schedule: beside the assets it needs a schedule that follows the clock, such as a cron expression"
    )]
    NoTime,
}

/// Between which times and how scheduled runs are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRestriction {
    /// No run has an earlier logical date: the DAG's start date.
    pub earliest: Option<Timestamp>,
    /// No run has a later logical date: the DAG's end date.
    pub latest: Option<Timestamp>,
    /// Whether missed runs are made up for; if not, only the newest is made.
    pub catchup: bool,
}

/// A run that is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunInfo {
    /// The date the run is named after: the start of its data interval.
    pub logical_date: Timestamp,
    /// The span of data it is about.
    pub data_interval: DataInterval,
    /// It must not start earlier.
    pub run_after: Timestamp,
}

impl RunInfo {
    pub(super) const fn at_end_of(data_interval: DataInterval) -> Self {
        Self {
            logical_date: data_interval.start,
            data_interval,
            run_after: data_interval.end,
        }
    }

    /// Whether the run before this one, about `interval`, is still the newest at `now`; see [`Timetable::is_latest`].
    pub fn leaves_latest(&self, interval: DataInterval, now: Timestamp) -> bool {
        let DataInterval { start, end } = self.data_interval;
        let from = if start == end { interval.end } else { start };
        from < now && now <= end
    }
}

/// Tells when a DAG's next run is due. Made by [`Timetable::compile`].
#[derive(Debug, Clone)]
pub struct Timetable(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Never,
    Once,
    CronInterval(ZonedCron),
    CronTrigger(ZonedCron),
    CronTriggers(Vec<ZonedCron>),
    Continuous,
    Delta(Delta),
    Events(Events),
    Custom,
}

impl Timetable {
    /// Makes a schedule ready. `zone` is the IANA name its cron expression is read in; `seed` (the DAG's id) decides
    /// the moments of an expression with `R`.
    ///
    /// # Errors
    /// The expression is wrong, the zone does not exist, or the delta is zero.
    pub fn compile(schedule: &Schedule, zone: &str, seed: &str) -> Result<Self, TimetableError> {
        if let Schedule::AssetsOrTime { time, .. } = schedule {
            return match time.by_time() {
                Schedule::None => Err(TimetableError::NoTime),
                time => Self::compile(time, zone, seed),
            };
        }
        let zone = zone::find(zone)?;
        Ok(Self(match schedule {
            Schedule::None | Schedule::Assets { .. } | Schedule::AssetsOrTime { .. } => Kind::Never,
            Schedule::Custom(_) => Kind::Custom,
            Schedule::Once => Kind::Once,
            Schedule::Continuous => Kind::Continuous,
            Schedule::Events {
                dates,
                restrict_to_events,
                ..
            } => Kind::Events(Events {
                dates: dates.clone(),
                restrict_to_events: *restrict_to_events,
            }),
            Schedule::Crons { expressions } if expressions.is_empty() => {
                return Err(TimetableError::NoExpressions);
            }
            Schedule::Crons { expressions } => {
                let crons = expressions
                    .iter()
                    .map(|expression| zoned(expression, &zone, seed));
                Kind::CronTriggers(crons.collect::<Result<_, _>>()?)
            }
            Schedule::Cron { expression, kind } => {
                let cron = zoned(expression, &zone, seed)?;
                match kind {
                    ScheduleKind::DataInterval => Kind::CronInterval(cron),
                    ScheduleKind::Trigger => Kind::CronTrigger(cron),
                }
            }
            Schedule::Delta { delta, .. } if *delta == Duration::ZERO => {
                return Err(TimetableError::ZeroDelta);
            }
            Schedule::Delta { delta, kind } => Kind::Delta(Delta {
                delta: *delta,
                kind: *kind,
            }),
        }))
    }

    /// The next scheduled run after the one with data interval `last`, or the first one; `None` when there is no
    /// further one. It may be due already, and several calls in a row make up for missed runs under catchup. Of a
    /// [custom](Schedule::Custom) one nothing is known here: its program has to be asked.
    ///
    /// # Errors
    /// The cron expression matches no date within 50 years of one that had to be looked at.
    pub fn next(
        &self,
        last: Option<DataInterval>,
        restriction: &TimeRestriction,
        now: Timestamp,
    ) -> Result<Option<RunInfo>, NoMatchingDate> {
        match &self.0 {
            Kind::Never | Kind::Custom => Ok(None),
            Kind::Once => Ok(once(last, restriction)),
            Kind::CronInterval(cron) => interval::next(cron, last, restriction, now),
            Kind::CronTrigger(cron) => trigger::next(cron, last, restriction, now),
            Kind::CronTriggers(crons) => trigger::next_of_several(crons, last, restriction, now),
            Kind::Continuous => Ok(continuous(last, restriction, now)),
            Kind::Delta(delta) => Ok(delta.next(last, restriction, now)),
            Kind::Events(events) => Ok(events.next(last, restriction, now)),
        }
    }

    /// The run that follows on a run with data interval `last` whatever the clocks do: its interval begins where that one
    /// ended.
    ///
    /// [`Timetable::next`] is Airflow's and can come back to an interval it had before: hourly, where clocks move by half
    /// an hour, two intervals take turns for ever. Whoever makes runs goes on with this one then.
    ///
    /// # Errors
    /// The cron expression matches no date within 50 years after that.
    pub fn next_in_line(
        &self,
        last: DataInterval,
        restriction: &TimeRestriction,
    ) -> Result<Option<RunInfo>, NoMatchingDate> {
        let Kind::CronInterval(cron) = &self.0 else {
            return self.next(
                Some(last),
                &TimeRestriction {
                    catchup: true,
                    ..*restriction
                },
                last.end,
            );
        };
        let start = last.end;
        let in_time = restriction.latest.is_none_or(|latest| start <= latest);
        let interval = DataInterval {
            start,
            end: cron.next(start)?,
        };
        Ok(in_time.then(|| RunInfo::at_end_of(interval)))
    }

    /// The data interval of a run that somebody triggers for `run_after`. Of a [custom](Schedule::Custom) one it is that moment,
    /// as long as its program was not asked.
    ///
    /// # Errors
    /// The cron expression matches no date within 50 years before that.
    pub fn manual(&self, run_after: Timestamp) -> Result<DataInterval, NoMatchingDate> {
        match &self.0 {
            Kind::Never
            | Kind::Once
            | Kind::Continuous
            | Kind::CronTrigger(_)
            | Kind::CronTriggers(_)
            | Kind::Custom => Ok(DataInterval::exact(run_after)),
            Kind::CronInterval(cron) => interval::manual(cron, run_after),
            Kind::Delta(delta) => Ok(delta.manual(run_after)),
            Kind::Events(events) => Ok(events.manual(run_after)),
        }
    }

    /// Whether a run with data interval `interval` is the newest one at `now`: the one after it is not due yet. A schedule
    /// without a further run says yes. Source: `LatestOnlyOperator` of Airflow 2.11, and of its successors for timetables
    /// whose intervals are moments.
    ///
    /// # Errors
    /// The cron expression matches no date within 50 years after that.
    pub fn is_latest(&self, interval: DataInterval, now: Timestamp) -> Result<bool, NoMatchingDate> {
        let unrestricted = TimeRestriction {
            earliest: None,
            latest: None,
            catchup: true,
        };
        let Some(next) = self.next(Some(interval), &unrestricted, now)? else {
            return Ok(true);
        };
        Ok(next.leaves_latest(interval, now))
    }

    /// Whether [`Timetable::next`] passes over a run as soon as its moment is over, if there is no catchup. Whoever makes
    /// runs then keeps to what it was told before.
    pub const fn forgets_what_is_due(&self) -> bool {
        matches!(self.0, Kind::Events(_))
    }

    /// Whether a cron expression has any moment within 50 years after `start`; true for other schedules.
    pub(crate) fn ever_matches(&self, start: Timestamp) -> Result<(), NoMatchingDate> {
        match &self.0 {
            Kind::CronInterval(cron) | Kind::CronTrigger(cron) => cron.next(start).map(drop),
            Kind::CronTriggers(crons) => crons.iter().try_for_each(|cron| cron.next(start).map(drop)),
            Kind::Never | Kind::Once | Kind::Continuous | Kind::Delta(_) | Kind::Events(_) | Kind::Custom => {
                Ok(())
            }
        }
    }
}

fn zoned(expression: &str, zone: &TimeZone, seed: &str) -> Result<ZonedCron, TimetableError> {
    Ok(ZonedCron {
        expression: CronExpression::parse(expression, seed).map_err(TimetableError::Cron)?,
        zone: zone.clone(),
    })
}

/// A run begins where the one before ended, and ends now. Source: `ContinuousTimetable` of Airflow 2.11, whose loop makes
/// a second or more pass between two runs; here that is a rule.
fn continuous(last: Option<DataInterval>, restriction: &TimeRestriction, now: Timestamp) -> Option<RunInfo> {
    let earliest = restriction.earliest?;
    let interval = match last {
        Some(last) => DataInterval {
            start: last.end,
            end: now.max(last.end.checked_add(CONTINUOUS_APART).ok()?),
        },
        None => DataInterval {
            start: earliest,
            end: now.max(earliest),
        },
    };
    let in_time = restriction.latest.is_none_or(|latest| interval.end <= latest);
    in_time.then(|| RunInfo::at_end_of(interval))
}

fn once(last: Option<DataInterval>, restriction: &TimeRestriction) -> Option<RunInfo> {
    let start = restriction.earliest.filter(|_| last.is_none())?;
    let in_time = restriction.latest.is_none_or(|latest| start <= latest);
    in_time.then(|| RunInfo::at_end_of(DataInterval::exact(start)))
}
