//! What has to be looked at again at a certain time.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::{DagId, DeadlineName, RunKey};

use crate::span::Instance;

/// What to look at. Looking at something that needs nothing does no harm, so timers need not be exact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// A DAG whose next scheduled run is due, or whose queued run may start.
    Dag(DagId),
    /// A task that may be tried or looked at again, or whose wait ends.
    Task(RunKey, Instance),
    /// A run that has run for its `dagrun_timeout`.
    RunTimeout(RunKey),
    /// A deadline of a run.
    Deadline(RunKey, DeadlineName),
}

#[derive(Debug, Default)]
pub(crate) struct Timers(BTreeSet<(Timestamp, Timer)>);

impl Timers {
    pub(crate) fn set(&mut self, at: Timestamp, timer: Timer) {
        self.0.insert((at, timer));
    }

    pub(crate) fn cancel(&mut self, at: Timestamp, timer: Timer) {
        self.0.remove(&(at, timer));
    }

    /// Takes the earliest timer that is due.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<Timer> {
        if self.0.first()?.0 > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }

    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, _)| *at)
    }
}
