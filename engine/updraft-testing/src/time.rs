//! Time and ids that tests control.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use updraft_model::{AttemptId, Clock, DagVersionId, IdSource};
use uuid::Uuid;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct SimulatedClock {
    now: Mutex<Timestamp>,
}

impl SimulatedClock {
    /// A clock that shows the given time.
    pub fn at(now: Timestamp) -> Self {
        Self { now: Mutex::new(now) }
    }

    /// Moves the clock forwards.
    ///
    /// # Panics
    /// The time would leave the range of a timestamp.
    pub fn advance(&self, by: Duration) {
        let mut now = self.now.lock().expect("no test panics while it holds the clock");
        *now = now
            .checked_add(by)
            .expect("tests stay within the range of a timestamp");
    }

    /// Sets the clock.
    pub fn set(&self, to: Timestamp) {
        *self.now.lock().expect("no test panics while it holds the clock") = to;
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().expect("no test panics while it holds the clock")
    }
}

/// Ids that count up from 1, so that golden files do not change.
#[derive(Debug, Default)]
pub struct CountingIds {
    last: AtomicU64,
}

impl CountingIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.last.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

impl IdSource for CountingIds {
    fn attempt_id(&self) -> AttemptId {
        AttemptId(self.next())
    }

    fn version_id(&self) -> DagVersionId {
        DagVersionId(self.next())
    }
}
