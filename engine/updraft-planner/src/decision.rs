//! What the planner wants done: one plan is one commit, and only after it the executor hears of anything.

use std::fmt;

use jiff::Timestamp;
use updraft_model::{
    AssetEventId, AttemptId, BackfillId, DagId, DagRunState, DataInterval, DeadlineName, DueAt, RunInfo,
    RunKey, TaskInstanceState, TaskKey, WaitEnd,
};

use crate::RunSnapshot;

/// The outcome of one planning.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What to write, in this order, in one transaction. Copies that decisions name get rows of their own before anything
    /// else happens to them, with the state that they share until then.
    pub decisions: Vec<Decision>,
    /// What the planner has to say beside that.
    pub report: PlanReport,
}

/// One change to write, or one thing to do after the write.
///
/// A `from` is the state the store holds now; a write that finds another one must fail as a whole.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Make a run with all its tasks. It is queued; if it may start at once, a [`Decision::StartRun`] follows.
    ///
    /// Only the store knows which finished run comes before it. So if a task has `depends_on_past`, the run does not start
    /// before the shell, after the commit, has read it and handed it to [`Planner::replace_run`](crate::Planner::replace_run).
    CreateRun(Box<RunSnapshot>),
    /// The timetable moved on; always after a [`Decision::CreateRun`] of a scheduled run, but for one with the name of a run
    /// that there is.
    AdvanceDag {
        /// The DAG.
        dag_id: DagId,
        /// The data interval of the newest scheduled run.
        last: DataInterval,
        /// The scheduled run after that; `None` when there is no further one, or the DAG's program has to be asked for it.
        next: Option<RunInfo>,
    },
    /// Asset events have caused a run and wait no more; always after a [`Decision::CreateRun`] of that run.
    ConsumeAssets {
        /// The run.
        key: RunKey,
        /// Its logical date, or what that would be; no later one that assets cause has an earlier one.
        logical_date: Timestamp,
        /// The events, by number: all that were waiting.
        events: Vec<AssetEventId>,
    },
    /// Queued to running.
    StartRun {
        /// The run.
        key: RunKey,
        /// Its start date.
        at: Timestamp,
    },
    /// Running to success or failed.
    FinishRun {
        /// The run.
        key: RunKey,
        /// How it ended.
        state: DagRunState,
        /// Why it ended so.
        reason: FinishReason,
        /// Its end date.
        at: Timestamp,
    },
    /// A run has a deadline from now on, or another one than before.
    SetDeadline {
        /// The run.
        key: RunKey,
        /// Which.
        name: DeadlineName,
        /// When it is.
        at: DueAt,
        /// Whether the source has a callback for it.
        is_called: bool,
    },
    /// An open deadline is open no more: what was to succeed by then has, or it is no deadline of the run any more.
    MeetDeadline {
        /// The run.
        key: RunKey,
        /// Which.
        name: DeadlineName,
        /// When it would have been.
        due: Timestamp,
        /// When that happened.
        at: Timestamp,
    },
    /// An open deadline has passed. If the source has a callback for that, it is to be called.
    MissDeadline {
        /// The run.
        key: RunKey,
        /// Which.
        name: DeadlineName,
        /// When it was.
        due: Timestamp,
        /// Whether the source has a callback for it.
        is_called: bool,
        /// What has not happened, in words.
        reason: String,
        /// When it was noticed.
        at: Timestamp,
    },
    /// All runs of a backfill are over, so it is complete.
    CompleteBackfill {
        /// Its DAG.
        dag_id: DagId,
        /// The backfill.
        backfill: BackfillId,
        /// When.
        at: Timestamp,
    },
    /// A mapped task has another number of copies from now on. What that makes of each is told by other decisions.
    Expand {
        /// The task, with index -1.
        key: TaskKey,
        /// How many copies there are; `None`: it has none any more, and its row is about the task itself again.
        length: Option<u32>,
    },
    /// A task changes state without an attempt: scheduled, skipped, `upstream_failed`, ... Where both states are the same, a
    /// copy gets a row of its own.
    SetTask {
        /// The task. Of a mapped task with copies, index -1 is all copies without a row of their own.
        key: TaskKey,
        /// The state the store holds.
        from: Option<TaskInstanceState>,
        /// The new state.
        to: Option<TaskInstanceState>,
        /// When.
        at: Timestamp,
    },
    /// A task gets an attempt; after the commit the executor is to run it.
    Queue {
        /// The task.
        key: TaskKey,
        /// The state the store holds: none, scheduled, `up_for_retry` or `up_for_reschedule`.
        from: Option<TaskInstanceState>,
        /// The new attempt.
        attempt: AttemptId,
        /// The number of this try, from 1.
        try_number: u32,
        /// If this try fails, there is another one as long as its number is not more.
        max_tries: u32,
        /// How often this try was put off; then the attempt goes on with it.
        reschedules: u32,
        /// When the try began, if the attempt goes on with it.
        began_at: Option<Timestamp>,
        /// Whether it goes on with what a wait has ended with.
        resumes: bool,
        /// The task's priority: higher first.
        priority_weight: i64,
        /// When.
        at: Timestamp,
    },
    /// The wait of a deferred task has ended: the task is scheduled again, and its next attempt goes on with that.
    Resume {
        /// The task.
        key: TaskKey,
        /// Its wait, which must be the one that the store has.
        wait: AttemptId,
        /// How it ended.
        end: WaitEnd,
        /// When.
        at: Timestamp,
    },
    /// When a task that is `up_for_retry` may be tried again, which the store did not know.
    Retry {
        /// The task.
        key: TaskKey,
        /// The earliest time of the next try.
        next_try_at: Timestamp,
    },
    /// A task with a live attempt is given up: it gets a final state, its attempt goes into the history, and after the
    /// commit the executor is to end it.
    Abandon {
        /// The task.
        key: TaskKey,
        /// The state the store holds: queued, running or restarting.
        from: TaskInstanceState,
        /// The new state: skipped, failed or removed.
        to: TaskInstanceState,
        /// The attempt.
        attempt: AttemptId,
        /// Why.
        reason: AbandonReason,
        /// When.
        at: Timestamp,
    },
    /// After the commit the executor is to end an attempt that is not wanted any more.
    Kill {
        /// The task.
        key: TaskKey,
        /// The attempt.
        attempt: AttemptId,
    },
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FinishReason {
    /// All its leaves ended well.
    Success,
    /// A leaf failed.
    TaskFailure,
    /// It took longer than its `dagrun_timeout`.
    TimedOut,
}

impl FinishReason {
    /// Airflow's text, as its callbacks get it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::TaskFailure => "task_failure",
            Self::TimedOut => "timed_out",
        }
    }
}

/// Why a live attempt was given up. `Display` is how the attempt ended, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AbandonReason {
    /// Its run took longer than its `dagrun_timeout`.
    RunTimedOut,
    /// Another task failed in a `fail_fast` DAG.
    FailFast,
    /// What its task is mapped over has become shorter.
    NotMappedAnyMore,
}

impl fmt::Display for AbandonReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::RunTimedOut => "killed because its run took longer than dagrun_timeout",
            Self::FailFast => "killed because another task failed and the DAG is fail_fast",
            Self::NotMappedAnyMore => "killed because what its task is mapped over has become shorter",
        })
    }
}

/// What the planner has to say beside its decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanReport {
    /// DAGs and runs that cannot be planned at all, told once.
    pub problems: Vec<Problem>,
}

/// Something that cannot be planned, so that it is left alone; everything else goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The DAG.
    pub dag_id: DagId,
    /// What is wrong and what is left undone, in one sentence.
    pub message: String,
}
