//! Why a task does not run.

use std::fmt;

use jiff::Timestamp;

/// One thing that keeps a task from running, or that ended it: a code for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitReason {
    /// What kind of thing it is.
    pub code: WaitCode,
    /// The same in words, with names and numbers.
    pub sentence: String,
    /// When it will be over, if that is known.
    pub until: Option<Timestamp>,
}

/// The kinds of things that keep a task from running, or ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaitCode {
    /// Its DAG is paused.
    DagPaused,
    /// Its DAG has no source any more.
    DagInactive,
    /// The source of its DAG cannot be read since the scheduler started.
    SourceUnreadable,
    /// Its run must not start yet.
    RunNotDue,
    /// Its run waits because others of the DAG are running: `max_active_runs`.
    MaxActiveRuns,
    /// The backfill of its run is paused.
    BackfillPaused,
    /// Its run waits because others of its backfill are running: the backfill's `max_active_runs`.
    BackfillFull,
    /// Its run is about to be started.
    RunQueued,
    /// Upstreams have not ended, and its trigger rule needs them.
    UpstreamUnfinished,
    /// Setups in whose scope it is have not succeeded yet.
    SetupUnfinished,
    /// What it is mapped over has not ended.
    MapSourceUnfinished,
    /// The same task of the run before has not succeeded: `depends_on_past`.
    DependsOnPast,
    /// It failed and its retry delay is not over.
    RetryDelay,
    /// It looks again later.
    Rescheduled,
    /// It waits for an event.
    Deferred,
    /// Too many tasks of its DAG are queued or running: `max_active_tasks`.
    MaxActiveTasks,
    /// Too many attempts at the same task are queued or running in all runs: `max_active_tis_per_dag`.
    MaxActiveTisPerDag,
    /// Too many attempts at the same task are queued or running in its run: `max_active_tis_per_dagrun`.
    MaxActiveTisPerDagrun,
    /// Its pool does not exist.
    PoolMissing,
    /// It wants more slots than its pool has.
    PoolTooSmall,
    /// Its pool has not enough free slots.
    PoolFull,
    /// The free slots of its pool are kept for a task that wants several at once.
    PoolKept,
    /// Too many tasks of the installation are queued or running: `parallelism`.
    Parallelism,
    /// The executor has no free slot, or others go first.
    NoFreeSlot,
    /// Its old attempt is being ended, because somebody cleared it.
    Restarting,
    /// It has an attempt that has not begun.
    Queued,
    /// Nothing keeps it: it will be scheduled at once.
    Ready,
    /// It succeeded.
    Succeeded,
    /// It failed and is not tried again.
    Failed,
    /// Something before it failed, so that its trigger rule cannot be met.
    UpstreamFailed,
    /// What it is mapped over failed, or has returned nothing that can be mapped over.
    Unmappable,
    /// What it is mapped over has no items, or was skipped.
    MappedOverNothing,
    /// A branch or short circuit passed it over.
    PassedOver,
    /// Its trigger rule passes it over.
    SkippedByRule,
    /// It was skipped by itself, with its run, or by hand.
    Skipped,
    /// Its DAG does not have it any more.
    Removed,
    /// Its run ended before it did.
    RunOver,
}

impl WaitCode {
    /// The code's text, e.g. `max_active_tasks`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DagPaused => "dag_paused",
            Self::DagInactive => "dag_inactive",
            Self::SourceUnreadable => "source_unreadable",
            Self::RunNotDue => "run_not_due",
            Self::MaxActiveRuns => "max_active_runs",
            Self::BackfillPaused => "backfill_paused",
            Self::BackfillFull => "backfill_full",
            Self::RunQueued => "run_queued",
            Self::UpstreamUnfinished => "upstream_unfinished",
            Self::SetupUnfinished => "setup_unfinished",
            Self::MapSourceUnfinished => "map_source_unfinished",
            Self::DependsOnPast => "depends_on_past",
            Self::RetryDelay => "retry_delay",
            Self::Rescheduled => "rescheduled",
            Self::Deferred => "deferred",
            Self::MaxActiveTasks => "max_active_tasks",
            Self::MaxActiveTisPerDag => "max_active_tis_per_dag",
            Self::MaxActiveTisPerDagrun => "max_active_tis_per_dagrun",
            Self::PoolMissing => "pool_missing",
            Self::PoolTooSmall => "pool_too_small",
            Self::PoolFull => "pool_full",
            Self::PoolKept => "pool_kept",
            Self::Parallelism => "parallelism",
            Self::NoFreeSlot => "no_free_slot",
            Self::Restarting => "restarting",
            Self::Queued => "queued",
            Self::Ready => "ready",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::UpstreamFailed => "upstream_failed",
            Self::Unmappable => "unmappable",
            Self::MappedOverNothing => "mapped_over_nothing",
            Self::PassedOver => "passed_over",
            Self::SkippedByRule => "skipped_by_rule",
            Self::Skipped => "skipped",
            Self::Removed => "removed",
            Self::RunOver => "run_over",
        }
    }
}

impl fmt::Display for WaitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
