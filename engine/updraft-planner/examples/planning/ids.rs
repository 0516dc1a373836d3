//! Ids that cost nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use updraft_model::{AttemptId, DagVersionId, IdSource};
use uuid::Uuid;

/// Ids that count.
#[derive(Default)]
pub(crate) struct Ids(AtomicU64);

impl Ids {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed) + 1))
    }
}

impl IdSource for Ids {
    fn attempt_id(&self) -> AttemptId {
        AttemptId(self.next())
    }

    fn version_id(&self) -> DagVersionId {
        DagVersionId(self.next())
    }
}
