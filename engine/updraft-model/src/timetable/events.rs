//! A list of moments: a run at each, which is its logical date and both ends of its data interval.
//!
//! Source: `EventsTimetable` of Airflow 2.11.

use jiff::Timestamp;

use super::compiled::{RunInfo, TimeRestriction};
use crate::DataInterval;

/// The schedule "at these moments".
#[derive(Debug, Clone)]
pub(super) struct Events {
    /// In the order in which they are looked at, usually that of time.
    pub(super) dates: Vec<Timestamp>,
    /// Whether manual runs are about an event.
    pub(super) restrict_to_events: bool,
}

impl Events {
    /// Without catchup, the first event that is not over.
    pub(super) fn next(
        &self,
        last: Option<DataInterval>,
        restriction: &TimeRestriction,
        now: Timestamp,
    ) -> Option<RunInfo> {
        let earliest = if restriction.catchup {
            restriction.earliest
        } else {
            restriction.earliest.max(Some(now))
        };
        let is_next = |event: &Timestamp| {
            earliest.is_none_or(|earliest| *event >= earliest) && last.is_none_or(|last| *event > last.end)
        };
        let event = self.dates.iter().copied().find(is_next)?;
        let in_time = restriction.latest.is_none_or(|latest| event <= latest);
        in_time.then(|| RunInfo::at_end_of(DataInterval::exact(event)))
    }

    /// The moment itself, or, if runs are restricted to events, the last one up to then; the first, if none was.
    pub(super) fn manual(&self, run_after: Timestamp) -> DataInterval {
        let first = self.dates.first().filter(|_| self.restrict_to_events);
        let event = first.map(|first| {
            let last = self.dates.iter().rev().find(|event| **event <= run_after);
            last.filter(|_| run_after >= *first).unwrap_or(first)
        });
        DataInterval::exact(event.copied().unwrap_or(run_after))
    }
}
