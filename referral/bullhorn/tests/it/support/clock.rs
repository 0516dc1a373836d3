//! A clock on which every sleep is over at once.

use std::sync::Mutex;
use std::time::Duration;

use bullhorn::Clock;
use futures::future::BoxFuture;
use jiff::Timestamp;

/// Time moves only by sleeping.
#[derive(Debug)]
pub(crate) struct SimClock {
    start: Timestamp,
    slept: Mutex<Vec<Duration>>,
}

impl SimClock {
    pub(crate) fn new(start: Timestamp) -> Self {
        Self {
            start,
            slept: Mutex::default(),
        }
    }

    /// Every sleep so far, in order, without the milliseconds that calls keep from each other.
    pub(crate) fn sleeps(&self) -> Vec<Duration> {
        let slept = self.slept.lock().unwrap();
        slept
            .iter()
            .copied()
            .filter(|sleep| *sleep >= Duration::from_millis(100))
            .collect()
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        self.start + self.uptime()
    }

    fn uptime(&self) -> Duration {
        self.slept.lock().unwrap().iter().sum()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.slept.lock().unwrap().push(duration);
        Box::pin(tokio::task::yield_now())
    }
}
