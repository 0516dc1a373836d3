//! Whether the scheduler is alive, for those who watch it from other tasks of the same process.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use jiff::Timestamp;

/// The sign of life of one scheduler. The dispatcher writes it, health checks read it.
#[derive(Debug)]
pub struct Pulse {
    /// Microseconds since the epoch of the last turn; `NEVER` before the first.
    last_turn_us: AtomicI64,
    /// How often it went round.
    turns: AtomicU64,
    /// Whether the last thing asked of the database was done.
    database_answers: AtomicBool,
}

const NEVER: i64 = i64::MIN;

impl Default for Pulse {
    fn default() -> Self {
        Self {
            last_turn_us: AtomicI64::new(NEVER),
            turns: AtomicU64::new(0),
            database_answers: AtomicBool::new(true),
        }
    }
}

impl Pulse {
    /// When the dispatcher last went round; `None` before its first turn.
    pub fn last_turn(&self) -> Option<Timestamp> {
        let us = self.last_turn_us.load(Ordering::Relaxed);
        if us == NEVER {
            None
        } else {
            Timestamp::from_microsecond(us).ok()
        }
    }

    /// How often the dispatcher went round.
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Whether the database did what was last asked of it.
    pub fn database_answers(&self) -> bool {
        self.database_answers.load(Ordering::Relaxed)
    }

    /// The dispatcher goes round, or its process stands by and would.
    pub fn turned(&self, at: Timestamp) {
        self.last_turn_us.store(at.as_microsecond(), Ordering::Relaxed);
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// The database did, or did not do, what was asked.
    pub(crate) fn database(&self, answers: bool) {
        self.database_answers.store(answers, Ordering::Relaxed);
    }
}
