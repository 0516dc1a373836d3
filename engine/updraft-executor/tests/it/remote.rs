//! Attempts of workers elsewhere.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::mpsc;
use updraft_executor::{BeatRefusal, Executor, ExecutorEvent, RemoteExecutor, RemoteOptions, RemoteWorkers};
use updraft_model::AttemptId;
use updraft_worker::{ApiError, AttemptEnd, AttemptStart, Heartbeat, KillReason, Outcome};

use crate::api::{MemoryApi, RealClock};
use crate::bench::fixture;
use crate::workload::{launch, workload};

/// No condition of a test takes longer.
const DEADLINE: Duration = Duration::from_secs(20);

/// Workers elsewhere with an engine in memory.
struct Elsewhere {
    folder: TempDir,
    api: Arc<MemoryApi>,
    workers: RemoteWorkers,
    executor: RemoteExecutor,
    events: mpsc::Receiver<ExecutorEvent>,
}

impl Elsewhere {
    /// Attempts may wait, and workers be silent, for so long.
    fn new(queued_timeout: Duration, heartbeat_timeout: Duration) -> Self {
        let folder = TempDir::new().unwrap();
        let api = Arc::new(MemoryApi::new(folder.path()));
        let workers = RemoteWorkers::default();
        let options = RemoteOptions {
            queued_timeout,
            heartbeat_timeout,
        };
        let engine = Arc::clone(&api) as _;
        let mut executor = RemoteExecutor::new(workers.clone(), options, engine, Arc::new(RealClock));
        Self {
            folder,
            api,
            workers,
            events: executor.events(),
            executor,
        }
    }

    fn patient() -> Self {
        Self::new(Duration::from_mins(10), Duration::from_mins(10))
    }

    fn submit(&self, task_id: &str) -> AttemptId {
        let workload = workload(task_id, &launch(&fixture(), self.folder.path()));
        let attempt = workload.attempt();
        self.executor.submit(workload).unwrap();
        attempt
    }

    async fn begin(&self, attempt: AttemptId, pid: u32) -> Result<(), ApiError> {
        let start = AttemptStart {
            hostname: "far".to_owned(),
            unixname: "ann".to_owned(),
            pid,
            start_date: Timestamp::UNIX_EPOCH,
        };
        self.workers.start(attempt, start).await.map(|_| ())
    }

    async fn beat(&self, attempt: AttemptId, pid: u32) -> Result<(), BeatRefusal> {
        let heartbeat = Heartbeat {
            hostname: "far".to_owned(),
            pid,
            progress: None,
        };
        self.workers.heartbeat(attempt, heartbeat).await
    }

    async fn end(&self, attempt: AttemptId) -> Result<(), ApiError> {
        let end = AttemptEnd {
            outcome: Outcome::Success,
            end_date: Timestamp::UNIX_EPOCH,
            progress: None,
            skipped: Vec::new(),
            outlet_events: Vec::new(),
            retry_delay: None,
        };
        self.workers.end(attempt, end).await
    }

    /// What the scheduler hears next of attempts.
    async fn event(&mut self) -> ExecutorEvent {
        loop {
            let event = tokio::time::timeout(DEADLINE, self.events.recv()).await;
            match event.unwrap().unwrap() {
                ExecutorEvent::Room => {}
                event => return event,
            }
        }
    }
}

fn is_not_live<T>(result: Result<T, ApiError>) -> bool {
    matches!(result, Err(ApiError::NotLive(_)))
}

#[tokio::test]
async fn a_worker_that_waits_is_a_slot_and_wakes_the_scheduler() {
    let mut elsewhere = Elsewhere::patient();
    assert_eq!(elsewhere.executor.free_slots(), 0);
    let workers = elsewhere.workers.clone();
    let mut first = Box::pin(workers.next());
    assert!(first.as_mut().now_or_never().is_none());
    assert_eq!(elsewhere.executor.free_slots(), 1);
    assert_eq!(elsewhere.events.recv().await, Some(ExecutorEvent::Room));
    let attempt = elsewhere.submit("echo");
    assert_eq!(elsewhere.executor.free_slots(), 0);
    let workload = tokio::time::timeout(DEADLINE, first).await.unwrap();
    assert_eq!(workload.attempt(), attempt);
    // A worker that has gone away is none any more.
    assert!(Box::pin(workers.next()).as_mut().now_or_never().is_none());
    assert_eq!(elsewhere.executor.free_slots(), 0);
}

#[tokio::test]
async fn of_two_workers_one_runs_the_attempt_and_its_end_is_told_once() {
    let mut elsewhere = Elsewhere::patient();
    let attempt = elsewhere.submit("echo");
    assert!(elsewhere.executor.watches(attempt));
    assert_eq!(elsewhere.workers.next().await.attempt(), attempt);
    assert_eq!(elsewhere.beat(attempt, 7).await, Err(BeatRefusal::NotBegun));
    assert!(is_not_live(elsewhere.end(attempt).await));
    elsewhere.begin(attempt, 7).await.unwrap();
    assert_eq!(elsewhere.beat(attempt, 7).await, Ok(()));
    let hostname = "far".to_owned();
    assert_eq!(
        elsewhere.beat(attempt, 8).await,
        Err(BeatRefusal::RunsElsewhere { hostname, pid: 7 })
    );
    elsewhere.end(attempt).await.unwrap();
    let outcome = Outcome::Success;
    assert_eq!(elsewhere.event().await, ExecutorEvent::Ended { attempt, outcome });
    assert!(is_not_live(elsewhere.end(attempt).await));
    assert!(is_not_live(elsewhere.begin(attempt, 7).await));
    assert_eq!(
        (elsewhere.executor.running(), elsewhere.api.state().ends.len()),
        (0, 1)
    );
}

#[tokio::test]
async fn a_killed_attempt_ends_when_its_worker_has_been_told() {
    let mut elsewhere = Elsewhere::patient();
    let attempt = elsewhere.submit("echo");
    elsewhere.workers.next().await;
    elsewhere.begin(attempt, 7).await.unwrap();
    assert!(elsewhere.executor.kill(attempt, KillReason::Requested));
    assert!(elsewhere.api.state().ends.is_empty());
    assert!(matches!(
        elsewhere.beat(attempt, 7).await,
        Err(BeatRefusal::Engine(ApiError::NotLive(_)))
    ));
    let outcome = Outcome::Killed {
        reason: KillReason::Requested,
    };
    assert_eq!(elsewhere.event().await, ExecutorEvent::Ended { attempt, outcome });
    assert!(!elsewhere.executor.kill(attempt, KillReason::Requested));
}

#[tokio::test]
async fn an_attempt_that_nobody_has_begun_with_is_killed_at_once() {
    let mut elsewhere = Elsewhere::patient();
    let attempt = elsewhere.submit("echo");
    assert!(elsewhere.executor.kill(attempt, KillReason::Requested));
    assert_eq!(elsewhere.event().await.attempt(), Some(attempt));
    assert!(elsewhere.workers.next().now_or_never().is_none());
}

#[tokio::test]
async fn an_attempt_is_lost_if_its_worker_does_not_begin_or_falls_silent() {
    for has_begun in [false, true] {
        let mut elsewhere = Elsewhere::new(Duration::ZERO, Duration::ZERO);
        let attempt = elsewhere.submit("echo");
        if has_begun {
            elsewhere.begin(attempt, 7).await.unwrap();
        }
        let lost = elsewhere.event().await;
        assert!(
            matches!(
                &lost,
                ExecutorEvent::NotReported {
                    error: ApiError::Unavailable(_),
                    ..
                }
            ),
            "{lost:?}"
        );
        assert!(is_not_live(elsewhere.begin(attempt, 7).await));
    }
}

#[tokio::test]
async fn a_scheduler_that_stops_gives_up_what_workers_run() {
    let mut elsewhere = Elsewhere::patient();
    let attempt = elsewhere.submit("echo");
    elsewhere.begin(attempt, 7).await.unwrap();
    elsewhere.executor.stop(Duration::ZERO);
    let outcome = Outcome::Killed {
        reason: KillReason::Shutdown,
    };
    assert_eq!(elsewhere.event().await, ExecutorEvent::Ended { attempt, outcome });
    assert!(elsewhere.executor.is_stopped());
    let another = workload("echo", &launch(&fixture(), elsewhere.folder.path()));
    elsewhere.executor.submit(another).unwrap_err();
}
