//! What a run tells while it is at work and when it ends.

use referral_service::Progress;
use referral_store::EntityKind;
use referral_store::sync_run::{SyncCounts, SyncMode, SyncRun};
use serde::Serialize;

/// What a run did, resumed parts included.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The run.
    pub run_id: String,
    /// What it read.
    pub entity: EntityKind,
    /// How it read.
    pub mode: SyncMode,
    /// Records read from the source.
    pub fetched: u64,
    /// Records seen for the first time.
    pub inserted: u64,
    /// Records whose content changed.
    pub updated: u64,
    /// Records that are here as they are there.
    pub unchanged: u64,
    /// Records that are deleted at the source.
    pub deleted: u64,
    /// People that are erased at the source.
    pub anonymised: u64,
    /// Records that could not be used.
    pub quarantined: u64,
    /// Calls to the source.
    pub calls: u64,
    /// From the beginning of the run to its end, in seconds.
    pub seconds: f64,
}

impl Summary {
    pub(super) fn of(run: &SyncRun) -> Self {
        let SyncCounts {
            fetched,
            inserted,
            updated,
            unchanged,
            deleted,
            anonymised,
            quarantined,
        } = run.counts;
        let seconds = run
            .ended_at
            .map_or(0.0, |ended| ended.duration_since(run.started_at).as_secs_f64());
        Self {
            run_id: run.run_id.to_string(),
            entity: run.kind,
            mode: run.mode,
            fetched,
            inserted,
            updated,
            unchanged,
            deleted,
            anonymised,
            quarantined,
            calls: run.calls,
            seconds,
        }
    }
}

/// How far a run is.
pub(super) fn progress(run: &SyncRun, message: &str) -> Progress {
    Progress {
        done: run.counts.fetched,
        total: run.total,
        message: message.to_owned(),
    }
}
