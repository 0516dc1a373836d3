//! Cron as a trigger: a run starts at a moment, which is its logical date and both ends of its data interval.
//!
//! Source: `CronTriggerTimetable` of Airflow 2.11.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::compiled::{RunInfo, TimeRestriction};
use super::zone::ZonedCron;
use crate::{DataInterval, NoMatchingDate};

/// A moment that passed at most this long ago counts as the first run of a DAG without a start date.
const FIRST_RUN_LATENESS_MIN: Duration = Duration::from_mins(5);

pub(super) fn next(
    cron: &ZonedCron,
    last: Option<DataInterval>,
    restriction: &TimeRestriction,
    now: Timestamp,
) -> Result<Option<RunInfo>, NoMatchingDate> {
    let after_last = last.map(|last| cron.next(last.end)).transpose()?;
    let earliest = match (after_last, restriction.earliest) {
        (Some(_), Some(_)) if restriction.catchup => None,
        (_, Some(earliest)) => Some(cron.align_to_next(earliest)?),
        (None, None) => Some(first_run(cron, now)?),
        (Some(_), None) => None,
    };
    let newest = if restriction.catchup {
        None
    } else {
        Some(cron.align_to_prev(now)?)
    };
    let Some(moment) = after_last.max(earliest).max(newest) else {
        return Ok(None);
    };
    if restriction.latest.is_some_and(|latest| moment > latest) {
        return Ok(None);
    }
    Ok(Some(RunInfo::at_end_of(DataInterval::exact(moment))))
}

/// The last moment if it is only just over (a tenth of the distance to the next, at least 5 minutes), else the next.
fn first_run(cron: &ZonedCron, now: Timestamp) -> Result<Timestamp, NoMatchingDate> {
    let (past, next) = (cron.align_to_prev(now)?, cron.align_to_next(now)?);
    let lateness_max = SignedDuration::try_from(FIRST_RUN_LATENESS_MIN)
        .expect("five minutes fit")
        .max(next.duration_since(past) / 10);
    Ok(if now.duration_since(past) <= lateness_max {
        past
    } else {
        next
    })
}
