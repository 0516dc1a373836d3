//! Waits that grow with every failure.

use std::time::Duration;

/// A first wait that doubles up to a longest one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    pub(crate) first: Duration,
    pub(crate) most: Duration,
}

impl Backoff {
    /// The wait after `failures` earlier failures in a row; `fraction` (0 to 1) adds up to half of it, so that clients
    /// that failed together do not return together.
    pub(crate) fn delay(&self, failures: u32, fraction: f64) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(failures.min(30)));
        doubled
            .min(self.most)
            .mul_f64(1.0 + fraction.clamp(0.0, 1.0) / 2.0)
            .min(self.most.max(self.first))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_from_one_second_to_thirty() {
        let backoff = Backoff {
            first: SECOND,
            most: 30 * SECOND,
        };
        let delays: Vec<u64> = (0..7)
            .map(|failures| backoff.delay(failures, 0.0).as_secs())
            .collect();
        assert_eq!(delays, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(backoff.delay(0, 1.0), SECOND.mul_f64(1.5));
    }

    proptest! {
        #[test]
        fn a_wait_is_never_shorter_than_the_first_nor_longer_than_the_longest(failures: u32, fraction in -1.0..2.0_f64) {
            let delay = Backoff { first: SECOND, most: 30 * SECOND }.delay(failures, fraction);
            prop_assert!(delay >= SECOND && delay <= 30 * SECOND);
        }
    }
}
