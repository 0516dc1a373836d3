//! States of tasks and runs, and the one place where they may change.
//!
//! Names are Airflow's. A task that nothing has decided about yet has no state: `Option::None`, shown as `none`.
//! Every change goes through [`transition`] or [`transition_run`]; what they refuse cannot happen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The state of one task in one run; Airflow's `TaskInstanceState`, 12 of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskInstanceState {
    /// The task is no longer in its DAG, or the copy no longer in its mapping.
    Removed,
    /// Its upstreams allow it to run; it waits for room.
    Scheduled,
    /// It has an attempt that was handed to the executor.
    Queued,
    /// Its attempt runs.
    Running,
    /// It ended well.
    Success,
    /// It was cleared while it had an attempt, which is being ended.
    Restarting,
    /// It ended badly and has no tries left.
    Failed,
    /// It ended badly and will be tried again after its retry delay.
    UpForRetry,
    /// A sensor that looks again later.
    UpForReschedule,
    /// It cannot run because of an upstream that failed.
    UpstreamFailed,
    /// It was passed over: by its trigger rule, a branch, or itself.
    Skipped,
    /// It waits for an event without holding a slot.
    Deferred,
}

impl TaskInstanceState {
    /// Every state, in Airflow's order.
    pub const ALL: [Self; 12] = [
        Self::Removed,
        Self::Scheduled,
        Self::Queued,
        Self::Running,
        Self::Success,
        Self::Restarting,
        Self::Failed,
        Self::UpForRetry,
        Self::UpForReschedule,
        Self::UpstreamFailed,
        Self::Skipped,
        Self::Deferred,
    ];

    /// Airflow's text, e.g. `up_for_retry`; what is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Success => "success",
            Self::Restarting => "restarting",
            Self::Failed => "failed",
            Self::UpForRetry => "up_for_retry",
            Self::UpForReschedule => "up_for_reschedule",
            Self::UpstreamFailed => "upstream_failed",
            Self::Skipped => "skipped",
            Self::Deferred => "deferred",
        }
    }

    /// Whether the task is over in this run, unless somebody clears it.
    pub const fn is_finished(self) -> bool {
        matches!(
            self,
            Self::Removed | Self::Success | Self::Failed | Self::UpstreamFailed | Self::Skipped
        )
    }

    /// Whether the task has a live attempt: one that the executor holds and that may still write.
    pub const fn has_attempt(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Restarting)
    }

    /// The text of a state that may be absent; `none` for a task that nothing has decided about yet.
    pub const fn text(state: Option<Self>) -> &'static str {
        match state {
            Some(state) => state.as_str(),
            None => "none",
        }
    }
}

/// The state of one run; Airflow's `DagRunState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DagRunState {
    /// It waits for `max_active_runs` or for its DAG to be unpaused.
    Queued,
    /// Its tasks are being run.
    Running,
    /// All leaves ended well.
    Success,
    /// A leaf failed.
    Failed,
}

impl DagRunState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Success, Self::Failed];

    /// Airflow's text, e.g. `running`; what is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
        }
    }

    /// Whether the run is over, unless somebody clears it.
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Success | Self::Failed)
    }
}

/// What can happen to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskEvent {
    /// Its trigger rule is met, or its retry or reschedule time has come.
    Schedule,
    /// It got an attempt, which goes to the executor.
    Queue,
    /// It does nothing (an `EmptyOperator`), so it succeeds without an attempt.
    Bypass,
    /// The attempt was claimed by a process.
    Start,
    /// The attempt ended well.
    Succeed,
    /// The task skipped itself, or its trigger rule or a branch passed it over.
    Skip,
    /// The attempt ended badly and no try is left, or the task may not be retried.
    Fail,
    /// The attempt ended badly and a try is left.
    Retry,
    /// The attempt was lost with its supervisor, which costs the task no try.
    Lose,
    /// An upstream failed and the trigger rule cannot be met any more.
    UpstreamFail,
    /// A sensor gave its slot back and wants to look again later.
    Reschedule,
    /// The task waits for a trigger without a slot.
    Defer,
    /// Its wait ended, whichever way: an attempt goes on with that.
    Resume,
    /// Somebody wants it to run again.
    Clear,
    /// The attempt of a cleared task has ended.
    Restarted,
    /// The DAG no longer has the task, or its mapping no longer has the copy.
    Remove,
    /// The DAG has the task again, or its mapping the copy.
    Restore,
    /// A person or a program set the state; only `success`, `failed` and `skipped` can be set.
    Mark(TaskInstanceState),
}

impl TaskEvent {
    /// Every event; of [`TaskEvent::Mark`] one with a state that can be set.
    pub const ALL: [Self; 20] = [
        Self::Schedule,
        Self::Queue,
        Self::Bypass,
        Self::Start,
        Self::Succeed,
        Self::Skip,
        Self::Fail,
        Self::Retry,
        Self::Lose,
        Self::UpstreamFail,
        Self::Reschedule,
        Self::Defer,
        Self::Resume,
        Self::Clear,
        Self::Restarted,
        Self::Remove,
        Self::Restore,
        Self::Mark(TaskInstanceState::Success),
        Self::Mark(TaskInstanceState::Failed),
        Self::Mark(TaskInstanceState::Skipped),
    ];
}

impl fmt::Display for TaskEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Schedule => "schedule",
            Self::Queue => "queue",
            Self::Bypass => "bypass",
            Self::Start => "start",
            Self::Succeed => "succeed",
            Self::Skip => "skip",
            Self::Fail => "fail",
            Self::Retry => "retry",
            Self::Lose => "lose",
            Self::UpstreamFail => "upstream_fail",
            Self::Reschedule => "reschedule",
            Self::Defer => "defer",
            Self::Resume => "resume",
            Self::Clear => "clear",
            Self::Restarted => "restarted",
            Self::Remove => "remove",
            Self::Restore => "restore",
            Self::Mark(state) => return write!(f, "mark_{state}"),
        };
        f.pad(name)
    }
}

/// A change of a task's state that must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a task that is `{}` cannot `{event}`", TaskInstanceState::text(*from))]
pub struct InvalidTransition {
    /// The state the task is in.
    pub from: Option<TaskInstanceState>,
    /// What was to happen.
    pub event: TaskEvent,
}

/// The state of a task after an event.
///
/// # Errors
/// The event cannot happen in that state. A retry does not help: either the caller is wrong or its picture is old.
pub fn transition(
    from: Option<TaskInstanceState>,
    event: TaskEvent,
) -> Result<Option<TaskInstanceState>, InvalidTransition> {
    let (allowed, to) = effect(from, event);
    if allowed.contains(&from) {
        Ok(to)
    } else {
        Err(InvalidTransition { from, event })
    }
}

/// A task that waits for its rule or for a time.
const WAITING: &[Option<TaskInstanceState>] = &[
    None,
    Some(TaskInstanceState::UpForRetry),
    Some(TaskInstanceState::UpForReschedule),
];

/// A task without an attempt that its upstreams can still decide about.
const UNDECIDED: &[Option<TaskInstanceState>] = &[
    None,
    Some(TaskInstanceState::Scheduled),
    Some(TaskInstanceState::UpForRetry),
    Some(TaskInstanceState::UpForReschedule),
];

/// A task whose attempt may still write.
const WITH_ATTEMPT: &[Option<TaskInstanceState>] = &[
    Some(TaskInstanceState::Queued),
    Some(TaskInstanceState::Running),
    Some(TaskInstanceState::Restarting),
];

/// Every state without an attempt, but for `removed`.
const RESTING: &[Option<TaskInstanceState>] = &[
    None,
    Some(TaskInstanceState::Scheduled),
    Some(TaskInstanceState::UpForRetry),
    Some(TaskInstanceState::UpForReschedule),
    Some(TaskInstanceState::Deferred),
    Some(TaskInstanceState::Success),
    Some(TaskInstanceState::Failed),
    Some(TaskInstanceState::UpstreamFailed),
    Some(TaskInstanceState::Skipped),
];

/// The states in which an event can happen, and the state it leads to.
fn effect(
    from: Option<TaskInstanceState>,
    event: TaskEvent,
) -> (&'static [Option<TaskInstanceState>], Option<TaskInstanceState>) {
    use TaskInstanceState as S;

    match event {
        TaskEvent::Schedule => (WAITING, Some(S::Scheduled)),
        TaskEvent::Queue => (&[Some(S::Scheduled)], Some(S::Queued)),
        TaskEvent::Bypass => (&[Some(S::Scheduled)], Some(S::Success)),
        TaskEvent::Start => (&[Some(S::Queued)], Some(S::Running)),
        TaskEvent::Succeed => (&[Some(S::Running)], Some(S::Success)),
        TaskEvent::Skip if from == Some(S::Running) => (&[Some(S::Running)], Some(S::Skipped)),
        TaskEvent::Skip => (UNDECIDED, Some(S::Skipped)),
        TaskEvent::Fail => (
            &[
                Some(S::Scheduled),
                Some(S::Queued),
                Some(S::Running),
                Some(S::UpForReschedule),
            ],
            Some(S::Failed),
        ),
        TaskEvent::Retry => (&[Some(S::Queued), Some(S::Running)], Some(S::UpForRetry)),
        TaskEvent::Lose => (&[Some(S::Queued), Some(S::Running)], Some(S::Scheduled)),
        TaskEvent::UpstreamFail => (UNDECIDED, Some(S::UpstreamFailed)),
        TaskEvent::Reschedule => (&[Some(S::Running)], Some(S::UpForReschedule)),
        TaskEvent::Defer => (&[Some(S::Running)], Some(S::Deferred)),
        TaskEvent::Resume => (&[Some(S::Deferred)], Some(S::Scheduled)),
        TaskEvent::Clear if WITH_ATTEMPT.contains(&from) => (WITH_ATTEMPT, Some(S::Restarting)),
        TaskEvent::Clear => (RESTING, None),
        TaskEvent::Restarted => (&[Some(S::Restarting)], None),
        TaskEvent::Remove if WITH_ATTEMPT.contains(&from) => (WITH_ATTEMPT, Some(S::Removed)),
        TaskEvent::Remove => (RESTING, Some(S::Removed)),
        TaskEvent::Restore => (&[Some(S::Removed)], None),
        TaskEvent::Mark(state @ (S::Success | S::Failed | S::Skipped)) => (
            if WITH_ATTEMPT.contains(&from) {
                WITH_ATTEMPT
            } else {
                RESTING
            },
            Some(state),
        ),
        TaskEvent::Mark(
            S::Removed
            | S::Scheduled
            | S::Queued
            | S::Running
            | S::Restarting
            | S::UpForRetry
            | S::UpForReschedule
            | S::UpstreamFailed
            | S::Deferred,
        ) => (&[], None),
    }
}

/// What can happen to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunEvent {
    /// There is room for it to run.
    Start,
    /// All its leaves ended well.
    Succeed,
    /// A leaf failed, it ran out of time, or it cannot go on.
    Fail,
    /// Tasks of it were cleared, so it has to run again.
    Clear,
    /// A person or a program set the state; `running` cannot be set.
    Mark(DagRunState),
}

impl RunEvent {
    /// Every event; of [`RunEvent::Mark`] those with a state that can be set.
    pub const ALL: [Self; 7] = [
        Self::Start,
        Self::Succeed,
        Self::Fail,
        Self::Clear,
        Self::Mark(DagRunState::Queued),
        Self::Mark(DagRunState::Success),
        Self::Mark(DagRunState::Failed),
    ];
}

impl fmt::Display for RunEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Start => "start",
            Self::Succeed => "succeed",
            Self::Fail => "fail",
            Self::Clear => "clear",
            Self::Mark(state) => return write!(f, "mark_{state}"),
        };
        f.pad(name)
    }
}

/// A change of a run's state that must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a run that is `{from}` cannot `{event}`")]
pub struct InvalidRunTransition {
    /// The state the run is in.
    pub from: DagRunState,
    /// What was to happen.
    pub event: RunEvent,
}

/// The state of a run after an event.
///
/// # Errors
/// The event cannot happen in that state. A retry does not help: either the caller is wrong or its picture is old.
pub fn transition_run(from: DagRunState, event: RunEvent) -> Result<DagRunState, InvalidRunTransition> {
    use DagRunState as S;

    let (allowed, to): (&[S], S) = match event {
        RunEvent::Start => (&[S::Queued], S::Running),
        RunEvent::Succeed => (&[S::Running], S::Success),
        RunEvent::Fail => (&[S::Queued, S::Running], S::Failed),
        RunEvent::Clear => (&S::ALL, S::Queued),
        RunEvent::Mark(state @ (S::Queued | S::Success | S::Failed)) => (&S::ALL, state),
        RunEvent::Mark(S::Running) => (&[], S::Running),
    };
    if allowed.contains(&from) {
        Ok(to)
    } else {
        Err(InvalidRunTransition { from, event })
    }
}

/// A text that names no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what} state")]
pub struct UnknownState {
    /// `task` or `run`.
    what: &'static str,
    /// The text as given.
    text: String,
}

impl FromStr for TaskInstanceState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownState {
            what: "task",
            text: text.to_owned(),
        })
    }
}

impl FromStr for DagRunState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownState {
            what: "run",
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for TaskInstanceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for DagRunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
