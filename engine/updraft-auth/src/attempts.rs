//! Slows down those who guess: a bucket of attempts for each of those who try.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// How many may be remembered; when there are more, those with full buckets are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// How many attempts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptsRule {
    /// So many at once.
    pub burst: u32,
    /// And one more each time that this has passed.
    pub every: Duration,
}

/// The attempts that are left to each of those who try, by any name: an address, for example.
#[derive(Debug)]
pub struct Attempts {
    rule: AttemptsRule,
    /// When the bucket of each will be full again. Written by whoever spends an attempt; the lock is held for look-ups only.
    full_at: Mutex<BTreeMap<String, Timestamp>>,
}

impl Attempts {
    /// Full buckets for everybody.
    pub fn new(rule: AttemptsRule) -> Self {
        Self {
            rule,
            full_at: Mutex::default(),
        }
    }

    /// Spends an attempt of somebody; false if none is left.
    pub fn spend(&self, who: &str, now: Timestamp) -> bool {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= REMEMBERED_MAX {
            full_at.retain(|_, at| *at > now);
        }
        let begins = full_at.get(who).copied().unwrap_or(now).max(now);
        let Ok(spent) = begins.checked_add(self.rule.every) else {
            return false;
        };
        let Ok(limit) = now.checked_add(self.rule.every.saturating_mul(self.rule.burst)) else {
            return false;
        };
        // A map that is full of people who just tried takes nobody else: they are under attack, and this one has to wait.
        let has_room = full_at.len() < REMEMBERED_MAX || full_at.contains_key(who);
        let is_left = spent <= limit && has_room;
        if is_left {
            full_at.insert(who.to_owned(), spent);
        }
        is_left
    }

    /// Fills the bucket of somebody who was right.
    pub fn forget(&self, who: &str) {
        self.full_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn attempts_come_back_one_by_one_and_all_at_once_for_who_was_right() {
        let attempts = Attempts::new(AttemptsRule {
            burst: 3,
            every: Duration::from_secs(10),
        });
        let spend = |who: &str, second: i64| attempts.spend(who, at(second));
        assert!(spend("a", 0) && spend("a", 0) && spend("a", 0));
        assert!(!spend("a", 0));
        assert!(spend("b", 0));
        assert!(!spend("a", 9));
        assert!(spend("a", 10));
        assert!(!spend("a", 10));
        attempts.forget("a");
        assert!(spend("a", 10) && spend("a", 10) && spend("a", 10));
        assert!(!spend("a", 10));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let attempts = Attempts::new(AttemptsRule {
            burst: 2,
            every: Duration::from_secs(10),
        });
        for number in 0..REMEMBERED_MAX {
            assert!(attempts.spend(&number.to_string(), at(0)));
        }
        assert!(!attempts.spend("one more", at(0)));
        assert!(attempts.spend("7", at(0)));
        assert!(attempts.spend("one more", at(11)));
    }
}
