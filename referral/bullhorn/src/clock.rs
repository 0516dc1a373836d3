//! Time, waiting and chance, passed in so that every delay of the client can be tested without waiting.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use jiff::Timestamp;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

/// Where the client takes the time from, and how it waits.
///
/// [`SystemClock`] is the real one. A test passes its own, whose `sleep` returns at once and moves `uptime` on.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time of day, UTC. It may jump; only the comparison with the server's time uses it.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment. It never runs backwards; deadlines and the rate limit are measured with it.
    fn uptime(&self) -> Duration;

    /// Completes after `duration` of [`Clock::uptime`].
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's clock and tokio's timer.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A clock whose uptime starts now.
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the Clock that everything else is given"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Spreads the retries of clients that failed at the same moment.
pub struct Jitter(Mutex<SmallRng>);

impl Jitter {
    /// The same sequence for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(SmallRng::seed_from_u64(seed)))
    }

    /// A different sequence in each process.
    pub fn random() -> Self {
        Self::seeded(RandomState::new().hash_one(0_u8))
    }

    /// The next number, at least 0 and below 1.
    pub fn fraction(&self) -> f64 {
        // A panic cannot leave the generator half changed in a way that matters, so a poisoned lock is used on.
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .random::<f64>()
    }
}

impl fmt::Debug for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jitter")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_repeats_itself_for_the_same_seed_and_stays_below_one() {
        let (one, other) = (Jitter::seeded(7), Jitter::seeded(7));
        for _ in 0..1_000 {
            let fraction = one.fraction();
            assert_eq!(fraction, other.fraction());
            assert!((0.0..1.0).contains(&fraction));
        }
    }
}
