//! The real clock and the real source of ids; everything else is given them.

use jiff::Timestamp;
use updraft_model::{AttemptId, Clock, DagVersionId, IdSource};
use uuid::Uuid;

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that is passed to everybody else"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// UUIDs of version 7: unique, and sorted by when they were made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RandomIds;

impl RandomIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the id source that is passed to everybody else"
    )]
    fn next() -> Uuid {
        Uuid::now_v7()
    }
}

impl IdSource for RandomIds {
    fn attempt_id(&self) -> AttemptId {
        AttemptId(Self::next())
    }

    fn version_id(&self) -> DagVersionId {
        DagVersionId(Self::next())
    }
}
