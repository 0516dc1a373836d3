//! What the executor tells the scheduler.

use updraft_model::AttemptId;
use updraft_worker::{ApiError, Outcome};

/// Something the scheduler has to know. In the same moment a slot becomes free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExecutorEvent {
    /// An attempt is over, its processes are gone or idle, and its end was reported through the task API.
    Ended {
        /// The attempt.
        attempt: AttemptId,
        /// How it ended.
        outcome: Outcome,
    },
    /// An attempt is over, but its end was not accepted: it was not the live one any more, or the engine could not be
    /// reached. With [`ApiError::Unavailable`] the attempt is lost unless the scheduler knows better.
    NotReported {
        /// The attempt.
        attempt: AttemptId,
        /// How it ended; `None` if it was never started.
        outcome: Option<Outcome>,
        /// Why that was not accepted.
        error: ApiError,
    },
    /// There is a slot that was not there before.
    Room,
}

impl ExecutorEvent {
    /// The attempt that is over, if one is.
    pub const fn attempt(&self) -> Option<AttemptId> {
        match self {
            Self::Ended { attempt, .. } | Self::NotReported { attempt, .. } => Some(*attempt),
            Self::Room => None,
        }
    }
}

/// Why an attempt was not taken. It goes back to the scheduler untouched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Every slot is taken; one becomes free with the next [`ExecutorEvent`].
    #[error("all slots are taken, submit again after the next event")]
    Full,
    /// The executor is being shut down.
    #[error("the executor is shutting down")]
    ShuttingDown,
}
