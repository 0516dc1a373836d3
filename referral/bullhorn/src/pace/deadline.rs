//! The moment at which a call is given up.

use std::time::Duration;

use crate::clock::Clock;

/// A moment on the clock's uptime, and when the time up to it began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    started: Duration,
    at: Duration,
}

impl Deadline {
    /// `budget` from now.
    pub(crate) fn after(clock: &dyn Clock, budget: Duration) -> Self {
        let started = clock.uptime();
        Self {
            started,
            at: started.saturating_add(budget),
        }
    }

    /// What is left.
    pub(crate) fn left(self, clock: &dyn Clock) -> Duration {
        self.at.saturating_sub(clock.uptime())
    }

    /// What has gone by.
    pub(crate) fn spent(self, clock: &dyn Clock) -> Duration {
        clock.uptime().saturating_sub(self.started)
    }
}
