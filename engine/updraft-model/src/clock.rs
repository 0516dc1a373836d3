//! Where time and fresh ids come from: arguments, so that every decision can be replayed.

use jiff::Timestamp;

use crate::{AttemptId, DagVersionId};

/// Tells the current time; the real one lives in the binary, tests bring a simulated one.
pub trait Clock: Send + Sync {
    /// The current instant, UTC.
    fn now(&self) -> Timestamp;
}

/// Makes fresh ids; the real one is random, tests bring a counting one.
pub trait IdSource: Send + Sync {
    /// An id for a new attempt at a task. Never the same one twice.
    fn attempt_id(&self) -> AttemptId;

    /// An id for a new version of a DAG. Never the same one twice.
    fn version_id(&self) -> DagVersionId;
}
