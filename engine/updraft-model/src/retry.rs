//! What follows when an attempt ends: a final state, or another try after a while.
//!
//! Source of the delay: `TaskInstance.next_retry_datetime` of Airflow 2.11, with its hash-based jitter, so that both
//! wait for the same time.

use std::time::Duration;

use jiff::Timestamp;
use sha1::{Digest, Sha1};

use crate::{
    DagId, InvalidTransition, TaskEvent, TaskId, TaskInstanceState, TaskSpec, WaitTimes, isoformat,
    transition,
};

/// No wait with exponential backoff is longer, whatever the task says.
const RETRY_DELAY_MAX: Duration = Duration::from_hours(24);

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttemptOutcome {
    /// The task did its work.
    Success,
    /// The task decided that there is nothing to do.
    Skipped,
    /// The task failed, ran out of time, or its process died.
    Failed {
        /// Whether another try may help; not so after Airflow's `AirflowFailException`.
        retryable: bool,
    },
    /// The task gave its slot back and looks again later, in the same try.
    Rescheduled {
        /// When.
        at: Timestamp,
    },
    /// The task gave its slot back and waits for something; then it goes on, in the same try.
    Deferred(WaitTimes),
    /// Its supervisor vanished, through no fault of the task.
    Lost,
}

impl AttemptOutcome {
    /// The state of a task whose live attempt ended so. `try_number` is that of the attempt, 1 for the first.
    ///
    /// A failed task is tried again as long as `try_number` is at most `max_tries`: the task's `retries`, raised by a
    /// clear and by each lost attempt. A task that was cleared meanwhile starts again whatever happened.
    ///
    /// # Errors
    /// The task has no attempt that could end, or one that has not started succeeds.
    pub fn ends(
        self,
        from: Option<TaskInstanceState>,
        try_number: u32,
        max_tries: u32,
    ) -> Result<Option<TaskInstanceState>, InvalidTransition> {
        let event = match self {
            _ if from == Some(TaskInstanceState::Restarting) => TaskEvent::Restarted,
            Self::Success => TaskEvent::Succeed,
            Self::Skipped => TaskEvent::Skip,
            Self::Failed { retryable: true } if try_number <= max_tries => TaskEvent::Retry,
            Self::Failed { .. } => TaskEvent::Fail,
            Self::Rescheduled { .. } => TaskEvent::Reschedule,
            Self::Deferred(_) => TaskEvent::Defer,
            Self::Lost => TaskEvent::Lose,
        };
        if from.is_some_and(TaskInstanceState::has_attempt) {
            transition(from, event)
        } else {
            Err(InvalidTransition { from, event })
        }
    }
}

/// How long a task waits before it is tried again after try `try_number` (1 for the first) failed.
///
/// Fixed: the task's `retry_delay`. Exponential: `m` = `retry_delay` times 2, or the task's own factor, to the tries before, in
/// whole seconds and at least 1; to that comes a share of `m` that depends on DAG, task, logical date and try, so that tasks that failed
/// together do not come back together; at most `max_retry_delay` and 24 hours.
pub fn retry_delay(task: &TaskSpec, dag_id: &DagId, logical_date: Timestamp, try_number: u32) -> Duration {
    if !task.retry_exponential_backoff {
        return task.retry_delay;
    }
    let delay = backoff(
        task.retry_delay,
        &hash_input(dag_id, &task.task_id, logical_date, try_number),
        task.retry_backoff_factor
            .unwrap_or(2.0)
            .powi(i32::try_from(try_number.saturating_sub(1)).unwrap_or(i32::MAX)),
    );
    task.max_retry_delay.map_or(delay, |longest| longest.min(delay))
}

/// The text whose hash decides the jitter; times are written as Python's `str` does.
fn hash_input(dag_id: &DagId, task_id: &TaskId, logical_date: Timestamp, try_number: u32) -> String {
    let date = isoformat(logical_date).replacen('T', " ", 1);
    format!("{dag_id}#{task_id}#{date}#{try_number}")
}

fn backoff(retry_delay: Duration, hash_input: &str, factor: f64) -> Duration {
    let seconds = (retry_delay.as_secs_f64() * factor).ceil().max(1.0);
    // From here on the limit decides alone, and the sum could be too large for an integer.
    if seconds >= RETRY_DELAY_MAX.as_secs_f64() {
        return RETRY_DELAY_MAX;
    }
    let seconds = seconds as u64;
    let jitter = Sha1::digest(hash_input).iter().fold(0, |remainder, byte| {
        (remainder * 256 + u64::from(*byte)) % seconds
    });
    Duration::from_secs(seconds + jitter).min(RETRY_DELAY_MAX)
}
