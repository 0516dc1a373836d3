//! A fixed time between runs, counted from the start date in absolute time.
//!
//! Sources: `DeltaDataIntervalTimetable` of Airflow 2.11, `DeltaTriggerTimetable` of Airflow 3.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::ScheduleKind;
use super::compiled::{RunInfo, TimeRestriction};
use crate::DataInterval;

/// The schedule "every so often".
#[derive(Debug, Clone, Copy)]
pub(super) struct Delta {
    pub(super) delta: Duration,
    pub(super) kind: ScheduleKind,
}

impl Delta {
    pub(super) fn next(
        self,
        last: Option<DataInterval>,
        restriction: &TimeRestriction,
        now: Timestamp,
    ) -> Option<RunInfo> {
        match self.kind {
            ScheduleKind::DataInterval => self.next_interval(last, restriction, now),
            ScheduleKind::Trigger => self.next_trigger(last, restriction, now),
        }
    }

    pub(super) fn manual(self, run_after: Timestamp) -> DataInterval {
        match self.kind {
            ScheduleKind::DataInterval => DataInterval {
                start: self.before(run_after).unwrap_or(run_after),
                end: run_after,
            },
            ScheduleKind::Trigger => DataInterval::exact(run_after),
        }
    }

    fn next_interval(
        self,
        last: Option<DataInterval>,
        restriction: &TimeRestriction,
        now: Timestamp,
    ) -> Option<RunInfo> {
        let newest = if restriction.catchup {
            None
        } else {
            self.before(self.rounded(now))
        };
        let start = last.map(|last| last.end).max(restriction.earliest).max(newest)?;
        if restriction.latest.is_some_and(|latest| start > latest) {
            return None;
        }
        Some(RunInfo::at_end_of(DataInterval {
            start,
            end: self.after(start)?,
        }))
    }

    fn next_trigger(
        self,
        last: Option<DataInterval>,
        restriction: &TimeRestriction,
        now: Timestamp,
    ) -> Option<RunInfo> {
        let after_last = last.and_then(|last| self.after(last.end));
        let moment = if restriction.catchup {
            after_last.or(restriction.earliest).unwrap_or(now)
        } else {
            after_last
                .max(restriction.earliest)
                .map_or(now, |moment| moment.max(now))
        };
        if restriction.latest.is_some_and(|latest| moment > latest) {
            return None;
        }
        Some(RunInfo::at_end_of(DataInterval::exact(moment)))
    }

    fn after(self, at: Timestamp) -> Option<Timestamp> {
        at.checked_add(self.delta).ok()
    }

    fn before(self, at: Timestamp) -> Option<Timestamp> {
        at.checked_sub(self.delta).ok()
    }

    /// The last whole multiple of the delta since 1970.
    fn rounded(self, at: Timestamp) -> Timestamp {
        let nanoseconds = i128::try_from(self.delta.as_nanos()).unwrap_or(i128::MAX).max(1);
        let over = SignedDuration::from_nanos_i128(at.as_nanosecond().rem_euclid(nanoseconds));
        at.checked_sub(over).unwrap_or(at)
    }
}
