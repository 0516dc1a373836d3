//! Lets calls through: at most so many at a time, in the rhythm that the server bears.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::clock::{Clock, Jitter};
use crate::options::Options;
use crate::pace::backoff::Backoff;
use crate::pace::deadline::Deadline;
use crate::pace::rhythm::{Bounds, Epoch, Rhythm};

#[derive(Debug)]
pub(crate) struct Governor {
    clock: Arc<dyn Clock>,
    jitter: Arc<Jitter>,
    /// One permit per call in flight.
    slots: Semaphore,
    /// Written by every call, before it is sent and when its reply is known; never held across a wait.
    rhythm: Mutex<Rhythm>,
    /// Calls let through since the client was made.
    calls: AtomicU64,
}

/// The right to send one call; the place in flight is free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Admission<'a> {
    epoch: Epoch,
    _slot: SemaphorePermit<'a>,
}

/// The deadline comes before the call's turn.
#[derive(Debug)]
pub(crate) struct TooLate;

impl Governor {
    pub(crate) fn new(options: &Options, clock: Arc<dyn Clock>, jitter: Arc<Jitter>) -> Self {
        let bounds = Bounds {
            rate_max: f64::from(options.calls_per_minute.max(1)) / 60.0,
            burst: options.in_flight_max.max(1) as f64,
            remaining_floor: options.remaining_floor,
            backoff: Backoff {
                first: options.backoff_first,
                most: options.backoff_max,
            },
        };
        Self {
            slots: Semaphore::new(options.in_flight_max.max(1)),
            rhythm: Mutex::new(Rhythm::new(bounds, clock.uptime())),
            calls: AtomicU64::new(0),
            clock,
            jitter,
        }
    }

    /// Waits for a turn. The wait for a free place needs no limit of its own: whoever holds one is bound by a deadline.
    pub(crate) async fn admit(&self, deadline: Deadline) -> Result<Admission<'_>, TooLate> {
        let slot = self.slots.acquire().await.expect("the semaphore is never closed");
        loop {
            let turn = self.rhythm().admit(self.clock.uptime());
            match turn {
                Ok(epoch) => {
                    self.calls.fetch_add(1, Ordering::Relaxed);
                    return Ok(Admission { epoch, _slot: slot });
                }
                Err(wait) if wait >= deadline.left(&*self.clock) => return Err(TooLate),
                Err(wait) => self.clock.sleep(wait).await,
            }
        }
    }

    pub(crate) fn throttled(&self, admission: &Admission<'_>, retry_after: Option<Duration>) {
        let fraction = self.jitter.fraction();
        self.rhythm()
            .throttled(admission.epoch, self.clock.uptime(), retry_after, fraction);
    }

    pub(crate) fn served(&self, admission: &Admission<'_>) {
        self.rhythm().served(admission.epoch, self.clock.uptime());
    }

    pub(crate) fn remaining(&self, remaining: u32, minute_left: Duration) {
        self.rhythm()
            .remaining(remaining, minute_left, self.clock.uptime());
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    fn rhythm(&self) -> MutexGuard<'_, Rhythm> {
        // Every change of the rhythm is complete before anything can panic.
        self.rhythm.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
