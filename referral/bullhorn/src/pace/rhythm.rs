//! When the next call may be sent: a pure state machine over the clock's uptime.
//!
//! Three things slow calls down: a token bucket whose rate halves with every throttling and recovers with every
//! success; a pause that the server asked for; and, when the server says that few calls remain in the current minute,
//! an even spread of those over the rest of it.

use std::time::Duration;

use crate::pace::backoff::Backoff;

/// The bounds a rhythm keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Calls per second when nothing is wrong.
    pub(crate) rate_max: f64,
    /// Calls that may be sent at once after a rest.
    pub(crate) burst: f64,
    /// Fewer remaining calls than this are spread over the minute.
    pub(crate) remaining_floor: u32,
    /// The waits after throttlings in a row.
    pub(crate) backoff: Backoff,
}

/// The slowest rate as a share of the fastest.
const RATE_MIN_SHARE: f64 = 1.0 / 16.0;
/// How much of the fastest rate a success gives back.
const RATE_STEP_SHARE: f64 = 1.0 / 64.0;

#[derive(Debug)]
pub(crate) struct Rhythm {
    bounds: Bounds,
    rate: f64,
    tokens: f64,
    refilled_at: Duration,
    pause_until: Duration,
    spread: Option<Spread>,
    epoch: Epoch,
    /// Throttlings since the last success.
    streak: u32,
}

/// Calls between two throttlings belong to one epoch: when ten parallel calls are throttled at once, that is one
/// event, not ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

/// An even spacing of calls until the server's minute ends.
#[derive(Debug, Clone, Copy)]
struct Spread {
    interval: Duration,
    next: Duration,
    until: Duration,
}

impl Rhythm {
    pub(crate) fn new(bounds: Bounds, now: Duration) -> Self {
        Self {
            bounds,
            rate: bounds.rate_max,
            tokens: bounds.burst,
            refilled_at: now,
            pause_until: Duration::ZERO,
            spread: None,
            epoch: Epoch(0),
            streak: 0,
        }
    }

    /// Takes a turn, or says how long to wait before asking again.
    pub(crate) fn admit(&mut self, now: Duration) -> Result<Epoch, Duration> {
        self.refill(now);
        self.spread = self.spread.filter(|spread| now < spread.until);
        let turn = self
            .spread
            .map_or(Duration::ZERO, |spread| spread.next)
            .max(self.pause_until);
        if let Some(wait) = turn.checked_sub(now).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        // The last bit of a token may be lost in rounding; without the allowance a caller would wait for nothing.
        if self.tokens < 1.0 - 1e-6 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / self.rate));
        }
        self.tokens -= 1.0;
        if let Some(spread) = &mut self.spread {
            spread.next = now + spread.interval;
        }
        Ok(self.epoch)
    }

    /// The server refused a call of `epoch` because there were too many. All callers pause.
    pub(crate) fn throttled(
        &mut self,
        epoch: Epoch,
        now: Duration,
        retry_after: Option<Duration>,
        fraction: f64,
    ) {
        let mut pause = retry_after.unwrap_or_default();
        if epoch == self.epoch {
            if retry_after.is_none() || self.streak > 0 {
                pause = pause.max(self.bounds.backoff.delay(self.streak, fraction));
            }
            self.epoch = Epoch(self.epoch.0 + 1);
            self.streak += 1;
            self.refill(now);
            self.rate = (self.rate / 2.0).max(self.bounds.rate_max * RATE_MIN_SHARE);
        }
        self.pause_until = self.pause_until.max(now.saturating_add(pause));
    }

    /// The server served a call of `epoch`. A call sent before the last throttling says nothing about the time since.
    pub(crate) fn served(&mut self, epoch: Epoch, now: Duration) {
        if epoch == self.epoch {
            self.streak = 0;
            self.refill(now);
            self.rate = (self.rate + self.bounds.rate_max * RATE_STEP_SHARE).min(self.bounds.rate_max);
        }
    }

    /// The server said how many calls remain in its current minute, which ends in `minute_left`.
    pub(crate) fn remaining(&mut self, remaining: u32, minute_left: Duration, now: Duration) {
        self.spread = (remaining < self.bounds.remaining_floor).then(|| {
            // With none left the first turn comes when the minute ends.
            let interval = minute_left / remaining.max(1);
            Spread {
                interval,
                next: now + interval,
                until: now + minute_left,
            }
        });
    }

    fn refill(&mut self, now: Duration) {
        let gone = now.saturating_sub(self.refilled_at).as_secs_f64();
        self.tokens = (self.tokens + gone * self.rate).min(self.bounds.burst);
        self.refilled_at = now.max(self.refilled_at);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn rhythm() -> Rhythm {
        let backoff = Backoff {
            first: SECOND,
            most: 30 * SECOND,
        };
        Rhythm::new(
            Bounds {
                rate_max: 20.0,
                burst: 5.0,
                remaining_floor: 10,
                backoff,
            },
            Duration::ZERO,
        )
    }

    /// Sends calls as fast as allowed and returns when each was sent.
    fn send(rhythm: &mut Rhythm, count: usize, mut now: Duration) -> Vec<Duration> {
        let mut sent = Vec::new();
        while sent.len() < count {
            match rhythm.admit(now) {
                Ok(_) => sent.push(now),
                Err(wait) => now += wait,
            }
        }
        sent
    }

    #[test]
    fn a_burst_is_followed_by_the_steady_rate() {
        let sent = send(&mut rhythm(), 25, Duration::ZERO);
        assert_eq!(sent[4], Duration::ZERO);
        assert!((sent[24].as_secs_f64() - 1.0).abs() < 0.001, "{sent:?}");
    }

    #[test]
    fn throttlings_pause_everybody_longer_and_longer_until_a_call_is_served() {
        let mut rhythm = rhythm();
        let mut now = Duration::ZERO;
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            let epoch = rhythm.admit(now).unwrap();
            rhythm.throttled(epoch, now, None, 0.0);
            assert_eq!(rhythm.admit(now), Err(expected * SECOND));
            now += expected * SECOND;
        }
        let epoch = rhythm.admit(now).unwrap();
        rhythm.served(epoch, now);
        let epoch = rhythm.admit(now + SECOND).unwrap();
        rhythm.throttled(epoch, now + SECOND, None, 0.0);
        assert_eq!(rhythm.admit(now + SECOND), Err(SECOND));
    }

    #[test]
    fn parallel_calls_throttled_together_count_once() {
        let mut rhythm = rhythm();
        let epochs: Vec<Epoch> = (0..4).map(|_| rhythm.admit(Duration::ZERO).unwrap()).collect();
        for epoch in epochs {
            rhythm.throttled(epoch, Duration::ZERO, None, 0.0);
        }
        assert_eq!(rhythm.admit(Duration::ZERO), Err(SECOND));
    }

    #[test]
    fn retry_after_is_honoured_whoever_hears_it() {
        let mut rhythm = rhythm();
        let (first, second) = (
            rhythm.admit(Duration::ZERO).unwrap(),
            rhythm.admit(Duration::ZERO).unwrap(),
        );
        rhythm.throttled(first, Duration::ZERO, Some(3 * SECOND), 0.0);
        assert_eq!(rhythm.admit(Duration::ZERO), Err(3 * SECOND));
        rhythm.throttled(second, Duration::ZERO, Some(7 * SECOND), 0.0);
        assert_eq!(rhythm.admit(Duration::ZERO), Err(7 * SECOND));
    }

    #[test]
    fn the_rate_halves_and_recovers() {
        let mut rhythm = rhythm();
        let pace = |rhythm: &mut Rhythm, now: Duration| {
            let sent = send(rhythm, 15, now);
            10.0 / (sent[14].as_secs_f64() - sent[4].as_secs_f64())
        };
        let epoch = rhythm.admit(Duration::ZERO).unwrap();
        rhythm.throttled(epoch, Duration::ZERO, None, 0.0);
        assert!((pace(&mut rhythm, 100 * SECOND) - 10.0).abs() < 0.1);
        let epoch = rhythm.admit(200 * SECOND).unwrap();
        for _ in 0..64 {
            rhythm.served(epoch, 200 * SECOND);
        }
        assert!((pace(&mut rhythm, 300 * SECOND) - 20.0).abs() < 0.1);
    }

    #[test]
    fn few_remaining_calls_are_spread_over_the_minute() {
        let mut rhythm = rhythm();
        rhythm.remaining(10, 30 * SECOND, Duration::ZERO);
        assert_eq!(send(&mut rhythm, 2, Duration::ZERO), [Duration::ZERO; 2]);
        rhythm.remaining(3, 30 * SECOND, Duration::ZERO);
        let sent = send(&mut rhythm, 5, Duration::ZERO);
        assert_eq!(sent[..3], [10 * SECOND, 20 * SECOND, 30 * SECOND]);
        assert_eq!(sent[4], sent[2], "a new minute is not spread: {sent:?}");
        rhythm.remaining(0, 12 * SECOND, 100 * SECOND);
        assert_eq!(rhythm.admit(100 * SECOND), Err(12 * SECOND));
    }

    proptest! {
        #[test]
        fn whatever_happens_the_rate_limit_holds_and_every_wait_ends(
            events in proptest::collection::vec((0_u8..4, 0_u64..5_000), 1..200),
        ) {
            let mut rhythm = rhythm();
            let mut now = Duration::ZERO;
            let mut sent: Vec<Duration> = Vec::new();
            for (kind, ms) in events {
                now += Duration::from_millis(ms / 10);
                match rhythm.admit(now) {
                    Ok(epoch) => {
                        sent.push(now);
                        match kind {
                            0 => rhythm.throttled(epoch, now, Some(Duration::from_millis(ms)), 0.5),
                            1 => rhythm.throttled(epoch, now, None, 0.5),
                            2 => rhythm.remaining(u32::try_from(ms % 20).unwrap(), 10 * SECOND, now),
                            _ => rhythm.served(epoch, now),
                        }
                    }
                    Err(wait) => {
                        prop_assert!(wait > Duration::ZERO && wait <= 31 * SECOND);
                        now += wait;
                    }
                }
            }
            // 45 calls after the first need at least the 40 that the burst did not cover, at 20 a second.
            for window in sent.windows(46) {
                let took = window[45].saturating_sub(window[0]);
                prop_assert!(took >= Duration::from_millis(1_999), "46 calls in {took:?}");
            }
        }
    }
}
