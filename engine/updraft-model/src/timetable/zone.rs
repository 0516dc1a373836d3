//! A cron expression in a time zone: where daylight saving time is dealt with.
//!
//! The rule is Airflow 2.11's (`airflow/timetables/_cron.py`): find the match in the zone's wall-clock time. If the
//! expression matches every hour, add the wall-clock distance as elapsed time, so that it fires in both passes of a
//! repeated hour. Otherwise take the wall-clock time itself, the second pass where it occurs twice, and moved on by the
//! gap where it does not occur.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::TimetableError;
use crate::{CronExpression, NoMatchingDate};

/// The zone of an IANA name, from the database inside the program, so that every machine decides alike.
pub(super) fn find(name: &str) -> Result<TimeZone, TimetableError> {
    TimeZoneDatabase::bundled()
        .get(name)
        .map_err(|_| TimetableError::UnknownZone {
            zone: name.to_owned(),
        })
}

/// A cron expression in a zone.
#[derive(Debug, Clone)]
pub(super) struct ZonedCron {
    pub(super) expression: CronExpression,
    pub(super) zone: TimeZone,
}

impl ZonedCron {
    /// The first moment after `current`.
    pub(super) fn next(&self, current: Timestamp) -> Result<Timestamp, NoMatchingDate> {
        let wall = self.zone.to_datetime(current);
        let matched = self.expression.next(wall)?;
        self.moment(current, wall, matched)
            .ok_or_else(|| self.out_of_time("after", wall))
    }

    /// The last moment before `current`.
    pub(super) fn prev(&self, current: Timestamp) -> Result<Timestamp, NoMatchingDate> {
        let wall = self.zone.to_datetime(current);
        let matched = self.expression.prev(wall)?;
        self.moment(current, wall, matched)
            .ok_or_else(|| self.out_of_time("before", wall))
    }

    /// `current` if it is a moment of the schedule, else the next one.
    pub(super) fn align_to_next(&self, current: Timestamp) -> Result<Timestamp, NoMatchingDate> {
        let next = self.next(current)?;
        Ok(if self.prev(next)? == current {
            current
        } else {
            next
        })
    }

    /// `current` if it is a moment of the schedule, else the one before.
    pub(super) fn align_to_prev(&self, current: Timestamp) -> Result<Timestamp, NoMatchingDate> {
        let prev = self.prev(current)?;
        Ok(if self.next(prev)? == current {
            current
        } else {
            prev
        })
    }

    fn moment(&self, current: Timestamp, wall: DateTime, matched: DateTime) -> Option<Timestamp> {
        if self.expression.covers_every_hour() {
            current.checked_add(matched.duration_since(wall)).ok()
        } else {
            self.zone.to_ambiguous_timestamp(matched).later().ok()
        }
    }

    /// A match at the very end of the calendar, which no timestamp can hold.
    fn out_of_time(&self, direction: &'static str, from: DateTime) -> NoMatchingDate {
        NoMatchingDate {
            expression: self.expression.as_str().to_owned(),
            direction,
            from,
        }
    }
}
