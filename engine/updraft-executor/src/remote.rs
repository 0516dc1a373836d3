//! Attempts that workers elsewhere run. Such a worker asks for an attempt, and from then on speaks for it through the server that
//! asks this module; the engine hears the same as of an attempt of its own.
//!
//! A worker that waits for an attempt is a slot: nothing is queued for which there is no worker.

mod held;
mod keeper;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use updraft_model::{AttemptId, Clock};
use updraft_protocol::message::{SkippedTask, TaskInstance, TiRunContext};
use updraft_worker::{ApiError, AttemptEnd, AttemptStart, Heartbeat, KillReason, Outcome, TaskApi, Workload};

use crate::{Executor, ExecutorEvent, SubmitError};
use held::{Claim, Held, Kill, State};

/// How long workers elsewhere may be silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteOptions {
    /// A worker that was given an attempt begins with it within this time; Airflow's `[scheduler] task_queued_timeout`.
    pub queued_timeout: Duration,
    /// A worker that has begun gives a sign of life within this time; Airflow's `[scheduler] task_instance_heartbeat_timeout`.
    pub heartbeat_timeout: Duration,
}

/// The workers elsewhere, as the server sees them that they ask. Cheap to clone; one for the whole process.
#[derive(Clone, Default)]
pub struct RemoteWorkers(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Written by whoever asks and by the executor; held for a few steps at a time.
    state: Mutex<State>,
    /// Something was parked for a worker.
    parked: Notify,
    /// The keeper has something to do.
    due: Notify,
}

/// An attempt of a worker elsewhere.
#[derive(Clone)]
pub struct RemoteAttempt {
    /// Which one.
    pub ti: TaskInstance,
    /// Where it asks.
    pub api: Arc<dyn TaskApi>,
    /// Whether a worker has begun with it.
    pub is_running: bool,
    /// Whether it is to be killed.
    pub is_killed: bool,
}

/// Why a sign of life was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BeatRefusal {
    /// Another worker has begun with the attempt.
    #[error("the attempt runs as process {pid} on `{hostname}`")]
    RunsElsewhere {
        /// The machine of that worker.
        hostname: String,
        /// Its process.
        pid: u32,
    },
    /// No worker has begun with it yet.
    #[error("no worker has begun with the attempt")]
    NotBegun,
    /// The engine does not take it.
    #[error(transparent)]
    Engine(#[from] ApiError),
}

impl RemoteWorkers {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next attempt that is to be run. Whoever waits here is a slot; it is none any more when the future is dropped.
    pub async fn next(&self) -> Workload {
        let _waiting = Waiting::begin(self);
        loop {
            let parked = self.0.parked.notified();
            if let Some(workload) = self.state().hand_out() {
                return workload;
            }
            parked.await;
        }
    }

    /// An attempt that was handed out and is not over.
    pub fn find(&self, attempt: AttemptId) -> Option<RemoteAttempt> {
        let state = self.state();
        let held = state.attempts.get(&attempt)?;
        Some(RemoteAttempt {
            ti: held.workload.ti.clone(),
            api: Arc::clone(&state.bound.as_ref()?.api),
            is_running: held.claim.is_some(),
            is_killed: held.kill.is_some(),
        })
    }

    fn live(&self, attempt: AttemptId) -> Result<RemoteAttempt, ApiError> {
        let found = self.find(attempt).filter(|attempt| !attempt.is_killed);
        found.ok_or_else(|| not_live(attempt))
    }

    /// A worker begins with an attempt.
    ///
    /// # Errors
    /// [`ApiError::NotLive`] also if another worker has begun with it; else as [`TaskApi::start`].
    pub async fn start(&self, attempt: AttemptId, start: AttemptStart) -> Result<TiRunContext, ApiError> {
        let claim = Claim {
            hostname: start.hostname.clone(),
            pid: start.pid,
        };
        let context = self.live(attempt)?.api.start(attempt, start).await?;
        if let Some(held) = self.state().attempts.get_mut(&attempt) {
            held.begin(claim, Instant::now());
        }
        Ok(context)
    }

    /// A worker gives a sign of life.
    ///
    /// # Errors
    /// [`BeatRefusal`]; the worker then ends the attempt and says nothing more of it.
    pub async fn heartbeat(&self, attempt: AttemptId, heartbeat: Heartbeat) -> Result<(), BeatRefusal> {
        let api = {
            let mut state = self.state();
            let api = state.bound.as_ref().map(|bound| Arc::clone(&bound.api));
            let held = state.attempts.get_mut(&attempt);
            let (held, api) = held.zip(api).ok_or_else(|| not_live(attempt))?;
            let claim = held.claim.as_ref().ok_or(BeatRefusal::NotBegun)?;
            if !claim.is_of(&heartbeat) {
                let (hostname, pid) = (claim.hostname.clone(), claim.pid);
                return Err(BeatRefusal::RunsElsewhere { hostname, pid });
            }
            if let Some(kill) = &mut held.kill {
                kill.is_told = true;
                self.0.due.notify_one();
                return Err(not_live(attempt).into());
            }
            held.beat = Instant::now();
            api
        };
        Ok(api.heartbeat(attempt, heartbeat).await?)
    }

    /// A worker wants tasks skipped if the attempt succeeds.
    ///
    /// # Errors
    /// [`ApiError::NotLive`].
    pub fn skip(&self, attempt: AttemptId, tasks: Vec<SkippedTask>) -> Result<(), ApiError> {
        let mut state = self.state();
        let held = state.attempts.get_mut(&attempt);
        let held = held.filter(|held| held.claim.is_some() && held.kill.is_none());
        held.ok_or_else(|| not_live(attempt))?.skipped = tasks;
        Ok(())
    }

    /// A worker says how an attempt has ended. What it wants skipped is added.
    ///
    /// # Errors
    /// As [`TaskApi::end`]; also if no worker has begun with it.
    pub async fn end(&self, attempt: AttemptId, mut end: AttemptEnd) -> Result<(), ApiError> {
        let api = {
            let mut state = self.state();
            let api = state.bound.as_ref().map(|bound| Arc::clone(&bound.api));
            let held = state.attempts.get_mut(&attempt);
            let held = held.filter(|held| held.claim.is_some());
            let (held, api) = held.zip(api).ok_or_else(|| not_live(attempt))?;
            if let Some(kill) = &mut held.kill {
                kill.is_told = true;
                self.0.due.notify_one();
                return Err(not_live(attempt));
            }
            if end.outcome == Outcome::Success {
                end.skipped.clone_from(&held.skipped);
            }
            api
        };
        let outcome = end.outcome.clone();
        let ended = api.end(attempt, end).await;
        let event = match &ended {
            Ok(()) => ExecutorEvent::Ended { attempt, outcome },
            Err(error @ ApiError::NotLive(_)) => ExecutorEvent::NotReported {
                attempt,
                outcome: Some(outcome),
                error: error.clone(),
            },
            // It is said again.
            Err(ApiError::Answered(_) | ApiError::Refused(_) | ApiError::Unavailable(_)) => return ended,
        };
        self.over(event).await;
        ended
    }

    /// An attempt is over: the engine is told, once.
    async fn over(&self, event: ExecutorEvent) {
        let events = {
            let mut state = self.state();
            let held = event
                .attempt()
                .and_then(|attempt| state.attempts.remove(&attempt));
            state
                .bound
                .as_ref()
                .filter(|_| held.is_some())
                .map(|bound| bound.events.clone())
        };
        if let Some(events) = events {
            // A scheduler that does not listen any more has ended.
            let _ = events.send(event).await;
        }
    }
}

impl std::fmt::Debug for RemoteWorkers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RemoteWorkers").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for RemoteAttempt {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("RemoteAttempt");
        shown.field("ti", &self.ti).finish_non_exhaustive()
    }
}

fn not_live(attempt: AttemptId) -> ApiError {
    ApiError::NotLive(format!(
        "attempt `{attempt}` was replaced, cleared or ended, or is to be killed"
    ))
}

/// A worker that waits for an attempt.
struct Waiting<'a>(&'a RemoteWorkers);

impl<'a> Waiting<'a> {
    fn begin(workers: &'a RemoteWorkers) -> Self {
        let mut state = workers.state();
        state.waiting += 1;
        if let Some(bound) = &state.bound {
            // If nothing more goes in, the scheduler wakes up for what is there.
            let _ = bound.events.try_send(ExecutorEvent::Room);
        }
        drop(state);
        Self(workers)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

/// The executor whose slots are workers elsewhere. Dropping it gives up what they run.
#[derive(Debug)]
pub struct RemoteExecutor {
    workers: RemoteWorkers,
    events: Option<mpsc::Receiver<ExecutorEvent>>,
    /// Ends what workers do not end, as long as this lives.
    _keeper: JoinSet<()>,
}

/// Events that may wait for the scheduler.
const EVENTS_MAX: usize = 256;

impl RemoteExecutor {
    /// The executor of these workers. It takes the place of one before it. Must be called inside a tokio runtime.
    pub fn new(
        workers: RemoteWorkers,
        options: RemoteOptions,
        api: Arc<dyn TaskApi>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (events, receiver) = mpsc::channel(EVENTS_MAX);
        workers.state().bind(api, events);
        let mut keeper = JoinSet::new();
        keeper.spawn(keeper::keep(workers.clone(), options, clock));
        Self {
            workers,
            events: Some(receiver),
            _keeper: keeper,
        }
    }
}

impl Executor for RemoteExecutor {
    fn events(&mut self) -> mpsc::Receiver<ExecutorEvent> {
        self.events
            .take()
            .expect("the events of an executor go to one place")
    }

    fn submit(&self, workload: Workload) -> Result<(), SubmitError> {
        let mut state = self.workers.state();
        if state.is_stopping {
            return Err(SubmitError::ShuttingDown);
        }
        let attempt = workload.attempt();
        state
            .attempts
            .insert(attempt, Held::new(workload, Instant::now()));
        state.parked.push_back(attempt);
        drop(state);
        self.workers.0.parked.notify_one();
        Ok(())
    }

    fn kill(&self, attempt: AttemptId, reason: KillReason) -> bool {
        let mut state = self.workers.state();
        let Some(held) = state.attempts.get_mut(&attempt) else {
            return false;
        };
        held.kill.get_or_insert(Kill::new(reason, Instant::now()));
        drop(state);
        self.workers.0.due.notify_one();
        true
    }

    fn free_slots(&self) -> usize {
        let state = self.workers.state();
        if state.is_stopping {
            return 0;
        }
        state.waiting.saturating_sub(state.parked.len())
    }

    fn running(&self) -> usize {
        self.workers.state().attempts.len()
    }

    fn watches(&self, attempt: AttemptId) -> bool {
        self.workers.state().attempts.contains_key(&attempt)
    }

    /// What workers elsewhere run cannot go on without the engine: it is given up at once, and they are told when they ask again.
    fn stop(&mut self, _: Duration) {
        let mut state = self.workers.state();
        state.is_stopping = true;
        for held in state.attempts.values_mut() {
            held.kill = Some(Kill::at_once(KillReason::Shutdown, Instant::now()));
        }
        drop(state);
        self.workers.0.due.notify_one();
    }

    fn is_stopped(&mut self) -> bool {
        self.workers.state().attempts.is_empty()
    }
}

impl Drop for RemoteExecutor {
    fn drop(&mut self) {
        self.workers.state().unbind();
    }
}
