//! Cron with data intervals: a run covers the span between two moments and starts when the span has ended.
//!
//! Source: `CronDataIntervalTimetable` of Airflow 2.11.

use jiff::Timestamp;

use super::compiled::{RunInfo, TimeRestriction};
use super::zone::ZonedCron;
use crate::{DataInterval, NoMatchingDate};

pub(super) fn next(
    cron: &ZonedCron,
    last: Option<DataInterval>,
    restriction: &TimeRestriction,
    now: Timestamp,
) -> Result<Option<RunInfo>, NoMatchingDate> {
    let earliest = if restriction.catchup {
        restriction
            .earliest
            .map(|earliest| cron.align_to_next(earliest))
            .transpose()?
    } else {
        Some(skip_to_latest(cron, restriction.earliest, now)?)
    };
    // A changed schedule may have other moments than the one the last run ended at.
    let after_last = last.map(|last| cron.align_to_prev(last.end)).transpose()?;
    let Some(start) = after_last.max(earliest) else {
        return Ok(None);
    };
    if restriction.latest.is_some_and(|latest| start > latest) {
        return Ok(None);
    }
    Ok(Some(RunInfo::at_end_of(DataInterval {
        start,
        end: cron.next(start)?,
    })))
}

/// The last complete span before `run_after`.
pub(super) fn manual(cron: &ZonedCron, run_after: Timestamp) -> Result<DataInterval, NoMatchingDate> {
    let end = cron.align_to_prev(run_after)?;
    Ok(DataInterval {
        start: cron.prev(end)?,
        end,
    })
}

/// Where the newest complete span starts; at a boundary, the span that ends right now.
fn skip_to_latest(
    cron: &ZonedCron,
    earliest: Option<Timestamp>,
    now: Timestamp,
) -> Result<Timestamp, NoMatchingDate> {
    let last_moment = cron.prev(now)?;
    let newest = if cron.next(last_moment)? == now {
        last_moment
    } else {
        cron.prev(last_moment)?
    };
    let earliest = earliest
        .map(|earliest| cron.align_to_next(earliest))
        .transpose()?;
    Ok(earliest.map_or(newest, |earliest| earliest.max(newest)))
}
