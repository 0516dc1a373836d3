//! The waits between calls to an engine that cannot be reached.

use std::time::Duration;

/// How often something is told to an engine that cannot be reached. The wait doubles each time: with a first one of 100 ms all
/// of them are done in about three seconds.
const TELL_TIMES: u32 = 6;

/// The waits between calls that are made until one is answered.
pub(crate) struct Pauses {
    left: u32,
    next: Duration,
}

impl Pauses {
    pub(crate) const fn new(first: Duration) -> Self {
        Self {
            left: TELL_TIMES - 1,
            next: first,
        }
    }

    /// Waits, unless it was enough.
    pub(crate) async fn another(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        tokio::time::sleep(self.next).await;
        self.left -= 1;
        self.next *= 2;
        true
    }
}
