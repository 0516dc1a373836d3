//! What the end of an attempt makes of a task, and how long it waits then.

use std::time::Duration;

use jiff::Timestamp;
use updraft_model::{AttemptOutcome, DagId, TaskId, TaskInstanceState, TaskSpec, retry_delay};

const RUNNING: Option<TaskInstanceState> = Some(TaskInstanceState::Running);

#[test]
fn a_task_is_retried_as_often_as_it_has_retries() {
    let failed = AttemptOutcome::Failed { retryable: true };
    let states: Vec<_> = (1..=4)
        .map(|try_number| TaskInstanceState::text(failed.ends(RUNNING, try_number, 2).unwrap()))
        .collect();
    assert_eq!(states, ["up_for_retry", "up_for_retry", "failed", "failed"]);
    let for_good = AttemptOutcome::Failed { retryable: false };
    assert_eq!(for_good.ends(RUNNING, 1, 2), Ok(Some(TaskInstanceState::Failed)));
}

#[test]
fn a_lost_attempt_makes_its_task_ready_again_and_a_cleared_one_starts_anew() {
    for from in [TaskInstanceState::Queued, TaskInstanceState::Running] {
        assert_eq!(
            AttemptOutcome::Lost.ends(Some(from), 1, 0),
            Ok(Some(TaskInstanceState::Scheduled))
        );
    }
    for outcome in [
        AttemptOutcome::Success,
        AttemptOutcome::Lost,
        AttemptOutcome::Failed { retryable: true },
    ] {
        assert_eq!(outcome.ends(Some(TaskInstanceState::Restarting), 1, 0), Ok(None));
    }
}

/// Seconds that `TaskInstance.next_retry_datetime` of Airflow 3.3.2 gave for `retry_delay` 60, by factor and try.
const OF_AIRFLOW_3: [(f64, [u64; 4]); 4] = [
    (3.0, [117, 298, 920, 15_851]),
    (1.5, [117, 118, 245, 563]),
    (0.5, [117, 58, 20, 3]),
    (1e9, [117, 86_400, 86_400, 86_400]),
];

#[test]
fn a_factor_of_its_own_makes_the_wait_grow_as_in_airflow_3() {
    let mut task = TaskSpec::new("t".parse().unwrap(), "PythonOperator");
    task.retry_delay = Duration::from_mins(1);
    task.retry_exponential_backoff = true;
    let (dag_id, date): (DagId, Timestamp) = ("d".parse().unwrap(), "2024-01-12T06:00:00Z".parse().unwrap());
    for (factor, delays) in OF_AIRFLOW_3 {
        task.retry_backoff_factor = Some(factor);
        let ours = [1, 2, 3, 6].map(|try_number| retry_delay(&task, &dag_id, date, try_number).as_secs());
        assert_eq!(ours, delays, "{factor}");
    }
}

#[test]
fn a_task_looks_again_later_unless_it_was_cleared() {
    let later = AttemptOutcome::Rescheduled { at: Timestamp::MAX };
    let waiting = Some(TaskInstanceState::UpForReschedule);
    assert_eq!(later.ends(RUNNING, 9, 0), Ok(waiting), "whatever tries are left");
    assert_eq!(later.ends(Some(TaskInstanceState::Restarting), 1, 0), Ok(None));
    assert!(later.ends(Some(TaskInstanceState::Queued), 1, 0).is_err());
}

#[test]
fn only_attempts_end() {
    for from in [
        None,
        Some(TaskInstanceState::Scheduled),
        Some(TaskInstanceState::Success),
    ] {
        assert!(AttemptOutcome::Skipped.ends(from, 1, 0).is_err(), "{from:?}");
    }
    assert!(
        AttemptOutcome::Success
            .ends(Some(TaskInstanceState::Queued), 1, 0)
            .is_err()
    );
}

#[test]
fn without_backoff_the_wait_is_always_the_same() {
    let mut task = TaskSpec::new(TaskId::parse("t").unwrap(), "RustOperator");
    task.retry_delay = Duration::from_secs(42);
    task.max_retry_delay = Some(Duration::from_secs(10));
    let dag_id = DagId::parse("d").unwrap();
    for try_number in [1, 2, 9] {
        let delay = retry_delay(&task, &dag_id, Timestamp::UNIX_EPOCH, try_number);
        assert_eq!(delay, Duration::from_secs(42));
    }
}

#[test]
fn with_backoff_no_wait_is_longer_than_a_day() {
    let mut task = TaskSpec::new(TaskId::parse("t").unwrap(), "RustOperator");
    task.retry_exponential_backoff = true;
    let dag_id = DagId::parse("d").unwrap();
    for try_number in [1, 10, 100, 10_000, u32::MAX] {
        for delay in [Duration::ZERO, Duration::from_secs(1), Duration::MAX] {
            task.retry_delay = delay;
            let delay = retry_delay(&task, &dag_id, Timestamp::UNIX_EPOCH, try_number);
            assert!(
                (Duration::from_secs(1)..=Duration::from_hours(24)).contains(&delay),
                "{delay:?}"
            );
        }
    }
}
