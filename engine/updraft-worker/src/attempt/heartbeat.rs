//! When the engine is told that the attempt is alive, and how far it is.

use std::time::{Duration, Instant};

use updraft_protocol::message::UpdraftProgress;

/// When the next heartbeat is due, and what it says.
#[derive(Debug)]
pub(super) struct Pulse {
    interval: Duration,
    progress_interval: Duration,
    sent: Instant,
    due: Instant,
    is_in_flight: bool,
    /// Heartbeats in a row that did not reach the engine.
    failures: u32,
    progress: Option<UpdraftProgress>,
    /// What the heartbeat under way tells.
    telling: Option<UpdraftProgress>,
}

impl Pulse {
    /// Starts at the start of an attempt, which counts as a heartbeat.
    pub(super) fn new(interval: Duration, progress_interval: Duration, now: Instant) -> Self {
        Self {
            interval,
            progress_interval,
            sent: now,
            due: now + interval,
            is_in_flight: false,
            failures: 0,
            progress: None,
            telling: None,
        }
    }

    /// When the next heartbeat is due; `None` while one is under way.
    pub(super) fn due(&self) -> Option<Instant> {
        (!self.is_in_flight).then_some(self.due)
    }

    /// Takes note of progress: it is told soon, but not too often.
    pub(super) fn progress(&mut self, progress: UpdraftProgress) {
        self.progress = Some(progress);
        self.due = self.due.min(self.sent + self.progress_interval);
    }

    /// Begins a heartbeat; gives the progress to be told.
    pub(super) fn send(&mut self, now: Instant) -> Option<UpdraftProgress> {
        self.is_in_flight = true;
        self.sent = now;
        self.due = now + self.interval;
        self.telling = self.progress.take();
        self.telling.clone()
    }

    /// The engine has heard it.
    pub(super) fn succeeded(&mut self) {
        self.is_in_flight = false;
        self.telling = None;
        self.failures = 0;
    }

    /// The engine has not heard it; gives how many times in a row. The progress is told again, unless there is newer.
    pub(super) fn failed(&mut self) -> u32 {
        self.is_in_flight = false;
        self.failures += 1;
        self.progress = self.untold();
        self.failures
    }

    /// Progress that the engine may not have heard.
    pub(super) fn untold(&mut self) -> Option<UpdraftProgress> {
        let telling = self.telling.take();
        self.progress.take().or(telling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn progress(done: u64) -> UpdraftProgress {
        UpdraftProgress {
            done,
            total: None,
            message: None,
        }
    }

    #[test]
    fn progress_brings_the_next_heartbeat_forward() {
        let start = Instant::now();
        let mut pulse = Pulse::new(5 * SECOND, SECOND, start);
        assert_eq!(pulse.due(), Some(start + 5 * SECOND));
        pulse.progress(progress(1));
        pulse.progress(progress(2));
        assert_eq!(pulse.due(), Some(start + SECOND));
        assert_eq!(pulse.send(start + SECOND), Some(progress(2)));
        assert_eq!(pulse.due(), None);
        pulse.succeeded();
        assert_eq!(pulse.due(), Some(start + 6 * SECOND));
    }

    #[test]
    fn progress_is_told_again_after_a_failure_unless_there_is_newer() {
        let start = Instant::now();
        let mut pulse = Pulse::new(SECOND, SECOND, start);
        pulse.progress(progress(1));
        pulse.send(start);
        assert_eq!(pulse.failed(), 1);
        assert_eq!(pulse.send(start), Some(progress(1)));
        pulse.progress(progress(2));
        assert_eq!(pulse.failed(), 2);
        assert_eq!(pulse.untold(), Some(progress(2)));
        assert_eq!(pulse.untold(), None);
    }

    #[test]
    fn progress_of_a_heartbeat_under_way_counts_as_untold() {
        let start = Instant::now();
        let mut pulse = Pulse::new(SECOND, SECOND, start);
        pulse.progress(progress(1));
        pulse.send(start);
        assert_eq!(pulse.untold(), Some(progress(1)));
    }
}
