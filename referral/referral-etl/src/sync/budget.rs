//! The calls of the month.

use std::sync::atomic::{AtomicU64, Ordering};

use bullhorn::Client;

/// From this share of the limit on, calls are kept for what is essential.
const SAVING_FROM_PERCENT: u64 = 80;

/// How many calls an account has in a calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Budget {
    /// `None` for an account without a limit.
    pub(super) limit: Option<u64>,
    /// Calls made in this month so far.
    pub(super) used: u64,
}

impl Budget {
    /// Nothing is left.
    pub(super) fn is_used_up(self) -> bool {
        self.limit.is_some_and(|limit| self.used >= limit)
    }

    /// Only essential calls are made.
    pub(super) fn is_scarce(self) -> bool {
        self.limit
            .is_some_and(|limit| self.used.saturating_mul(100) >= limit.saturating_mul(SAVING_FROM_PERCENT))
    }
}

/// Reads off how many calls a client has made since the last reading. All runs of a client share it, so that each call is
/// counted once.
#[derive(Debug, Default)]
pub(super) struct Meter(AtomicU64);

impl Meter {
    /// The calls since the last reading.
    pub(super) fn read(&self, client: &Client) -> u64 {
        let made = client.calls_made();
        made.saturating_sub(self.0.swap(made, Ordering::Relaxed))
    }

    /// Takes back a reading that could not be recorded.
    pub(super) fn unread(&self, calls: u64) {
        self.0.fetch_sub(calls, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_scarce_before_they_are_used_up() {
        for (limit, used, scarce, used_up) in [
            (Some(100), 79, false, false),
            (Some(100), 80, true, false),
            (Some(100), 100, true, true),
            (Some(0), 0, true, true),
            (None, u64::MAX, false, false),
        ] {
            let budget = Budget { limit, used };
            assert_eq!(
                (budget.is_scarce(), budget.is_used_up()),
                (scarce, used_up),
                "{budget:?}"
            );
        }
    }
}
