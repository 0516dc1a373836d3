//! What happens to attempts, as far as the store accepted it.

use std::time::Duration;

use jiff::Timestamp;
use updraft_model::{
    AttemptId, AttemptOutcome, InvalidTransition, Returned, SkipDecision, TaskId, TaskInstanceState, TaskKey,
    WaitEnd, WaitTimes,
};

/// Something that happened to the live attempt of a task and that the store has written down; or to what a task waits for,
/// which the next plan writes down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannerEvent {
    /// A process claimed the attempt.
    AttemptStarted {
        /// The task.
        key: TaskKey,
        /// Its attempt.
        attempt: AttemptId,
        /// When.
        at: Timestamp,
    },
    /// The running attempt left its decision about the tasks after it, or took it back.
    SkipDecided {
        /// The task.
        key: TaskKey,
        /// Its attempt.
        attempt: AttemptId,
        /// What it decided.
        decision: Option<SkipDecision>,
    },
    /// The running attempt left what its task returns, or took it back. Only needed of tasks that others are mapped over.
    Returned {
        /// The task.
        key: TaskKey,
        /// Its attempt.
        attempt: AttemptId,
        /// What it is.
        returned: Option<Returned>,
    },
    /// The attempt is over.
    AttemptEnded(AttemptEnd),
    /// What a deferred task waits for is there, or it cannot be waited for. Waits for a time end by themselves.
    WaitEnded {
        /// The task.
        key: TaskKey,
        /// Its wait.
        wait: AttemptId,
        /// How it ended.
        end: WaitEnd,
    },
}

/// The end of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptEnd {
    /// The task.
    pub key: TaskKey,
    /// Its attempt.
    pub attempt: AttemptId,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// Tasks of the same run that it wants skipped; counts only if it succeeded.
    pub skipped: Vec<TaskId>,
    /// How long to wait before the next try, if it failed and says otherwise than its task. Source: `retry_delay_override` of Airflow 3.3.
    pub retry_delay: Option<Duration>,
    /// When.
    pub at: Timestamp,
}

/// What the end of an attempt makes of its task. The shell writes this with the end itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptEffect {
    /// The task's new state.
    pub state: Option<TaskInstanceState>,
    /// Which try it was that ended, from 1.
    pub try_number: u32,
    /// The task's new `max_tries`.
    pub max_tries: u32,
    /// The task's new number of attempts lost in a row.
    pub lost_in_row: u32,
    /// When the task may be tried or looked at again, if it is `up_for_retry` or `up_for_reschedule`.
    pub next_try_at: Option<Timestamp>,
    /// How often its try was put off; as long as it is, the next attempt goes on with that try.
    pub reschedules: u32,
    /// When the wait that begins with this ends by itself, if the task is deferred: also when its `execution_timeout` is over.
    pub wait: Option<WaitTimes>,
    /// Tasks that become skipped with it: those it wants skipped that nothing was decided about and that have no attempt. Of
    /// a mapped task with copies, index -1 is all copies without a row of their own.
    pub skipped: Vec<TaskKey>,
}

/// An event that does not fit the planner's picture, which is then out of date: load a new snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The task is not in an unfinished run.
    #[error("task `{key}` is in no unfinished run that the planner knows")]
    UnknownTask {
        /// The task.
        key: TaskKey,
    },
    /// Another attempt is live, or none.
    #[error("attempt `{attempt}` of task `{key}` is not the live one")]
    NotLive {
        /// The task.
        key: TaskKey,
        /// The attempt the event was about.
        attempt: AttemptId,
    },
    /// The event cannot happen in the task's state.
    #[error("task `{key}`: {source}")]
    Transition {
        /// The task.
        key: TaskKey,
        /// The state and the event.
        source: InvalidTransition,
    },
}
