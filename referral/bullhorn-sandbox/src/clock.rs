//! The sandbox's time: the caller's clock, shifted by what the administrator asked for.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Tells the current time. The binary passes the system's clock, tests a simulated one.
pub type TimeSource = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A time source with an offset.
pub(crate) struct Clock {
    source: TimeSource,
    /// Written by the administrator's requests only.
    offset_ms: AtomicI64,
}

impl Clock {
    pub(crate) fn new(source: TimeSource) -> Self {
        Self {
            source,
            offset_ms: AtomicI64::new(0),
        }
    }

    /// The current instant.
    pub(crate) fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_millis(self.offset_ms());
        let now = (self.source)();
        now.checked_add(offset).unwrap_or(now)
    }

    /// The current instant in epoch milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }

    /// How far the clock is ahead of its source.
    pub(crate) fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }

    /// Shifts the clock against its source.
    pub(crate) fn set_offset_ms(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms, Ordering::Relaxed);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Clock")
            .field("offset_ms", &self.offset_ms())
            .finish_non_exhaustive()
    }
}
