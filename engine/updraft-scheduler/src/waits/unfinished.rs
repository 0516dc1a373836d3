//! Looks at files that have not come back. A file system that hangs keeps the thread of a look for ever, so at what hangs nobody
//! looks again until an earlier look has come back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Looks that are under way, by what they look at and in their order, each with when it began.
#[derive(Debug, Clone, Default)]
pub(super) struct Unfinished(Arc<Mutex<Looks>>);

#[derive(Debug, Default)]
struct Looks {
    begun: u64,
    under_way: BTreeMap<(String, u64), Instant>,
}

/// A look that is under way until this is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    looks: Unfinished,
    key: (String, u64),
}

impl Unfinished {
    /// Begins a look at a path; `None` if an earlier one has been under way for longer than this, so that it hangs.
    pub(super) fn begin(&self, path: &str, now: Instant, hangs_after: Duration) -> Option<Ticket> {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut of_path = looks.under_way.range((path.to_owned(), 0)..);
        let oldest = of_path.next().filter(|((of, _), _)| of == path);
        if oldest.is_some_and(|(_, began)| now.saturating_duration_since(*began) >= hangs_after) {
            return None;
        }
        looks.begun += 1;
        let key = (path.to_owned(), looks.begun);
        looks.under_way.insert(key.clone(), now);
        Some(Ticket {
            looks: self.clone(),
            key,
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut looks = self.looks.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.under_way.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_what_hangs_nobody_looks_again_until_it_has_come_back() {
        let looks = Unfinished::default();
        let (now, minute) = (Instant::now(), Duration::from_mins(1));
        let begin = |path, at| looks.begin(path, at, minute);
        let hangs = begin("/net/a", now).unwrap();
        let beside = begin("/net/a", now + minute / 2).unwrap();
        assert!(begin("/net/a", now + minute).is_none());
        assert!(begin("/net/b", now + minute).is_some() && begin("/net", now + minute).is_some());
        drop(hangs);
        assert!(
            begin("/net/a", now + minute).is_some(),
            "the other one is not late yet"
        );
        drop(beside);
        assert!(begin("/net/a", now + 9 * minute).is_some());
    }
}
