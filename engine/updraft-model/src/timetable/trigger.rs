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

/// Longer than clocks are put forward at once, but for days that a zone left out.
const GAP_MAX: SignedDuration = SignedDuration::from_hours(3);

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

/// The same for several expressions: with catchup the earliest of their next runs, else the newest that is due, or the
/// earliest that is not. Source: `MultipleCronTriggerTimetable` of Airflow 2.11; it loses a moment that a gap in the clock
/// moves behind one of another expression, which comes here.
pub(super) fn next_of_several(
    crons: &[ZonedCron],
    last: Option<DataInterval>,
    restriction: &TimeRestriction,
    now: Timestamp,
) -> Result<Option<RunInfo>, NoMatchingDate> {
    let mut runs = Vec::with_capacity(crons.len());
    for cron in crons {
        let own_last = last.map(|last| last_of(cron, last)).transpose()?;
        // What was before the start date is no run: the first one is looked for from there.
        let counts = |own: &DataInterval| restriction.earliest.is_none_or(|earliest| own.end >= earliest);
        let run = next(cron, own_last.filter(counts), restriction, now)?;
        let is_over = |run: &RunInfo| last.is_some_and(|last| run.run_after <= last.end);
        runs.extend(match run {
            Some(run) if is_over(&run) => next(cron, own_last, restriction, now)?,
            run => run,
        });
    }
    let newest_due = || {
        let due = runs
            .iter()
            .filter(|run| run.run_after <= now && !restriction.catchup);
        due.max_by_key(|run| run.run_after)
    };
    let earliest = runs.iter().min_by_key(|run| run.run_after);
    Ok(newest_due().or(earliest).copied())
}

/// From where an expression goes on after a run that may be another one's: from its own last moment up to then. Found from
/// a while before, since a moment that a gap moves is only found from one before the gap.
fn last_of(cron: &ZonedCron, last: DataInterval) -> Result<DataInterval, NoMatchingDate> {
    if cron.expression.covers_every_hour() {
        return Ok(last);
    }
    let mut own = cron.prev(last.end.checked_sub(GAP_MAX).unwrap_or(last.end))?;
    loop {
        let next = cron.next(own)?;
        if next > last.end || next <= own {
            return Ok(DataInterval::exact(own));
        }
        own = next;
    }
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
