//! The executor of the simulation: its workers claim, beat, decide and end like real ones, and now and then do not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Map;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use updraft_executor::{Executor, ExecutorEvent, SubmitError};
use updraft_model::{AttemptId, Clock, Deferral, Resumption, SKIP_DECISION_KEY, Skips, TaskKey, Trigger};
use updraft_protocol::message::SetXCom;
use updraft_worker::{ApiError, AttemptEnd, AttemptStart, Heartbeat, KillReason, Outcome, TaskApi, Workload};

use super::process::Gate;
use super::triggers;
use super::world::World;

/// How often a worker says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// How often a worker tries again when the engine cannot be reached.
const TRIES: u32 = 20;

/// Attempts that are not over, and how to have each killed.
type Running = BTreeMap<AttemptId, watch::Sender<Option<KillReason>>>;

/// Runs attempts as tasks of the simulation. Dropping it ends them, as a shepherd does.
pub(crate) struct SimulatedExecutor {
    shared: Arc<Shared>,
    slots: usize,
    events: Option<mpsc::Receiver<ExecutorEvent>>,
    workers: Mutex<JoinSet<()>>,
}

/// What an executor and its workers share.
struct Shared {
    world: World,
    gate: Gate,
    host: (String, u32),
    api: Arc<dyn TaskApi>,
    running: Mutex<Running>,
    events: mpsc::Sender<ExecutorEvent>,
}

impl Shared {
    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().expect("a panic ends the simulation")
    }
}

impl SimulatedExecutor {
    pub(crate) fn new(
        world: World,
        gate: Gate,
        (host, slots): ((String, u32), usize),
        api: Arc<dyn TaskApi>,
    ) -> Self {
        let (events, receiver) = mpsc::channel(64);
        Self {
            shared: Arc::new(Shared {
                world,
                gate,
                host,
                api,
                running: Mutex::default(),
                events,
            }),
            slots,
            events: Some(receiver),
            workers: Mutex::default(),
        }
    }
}

impl Executor for SimulatedExecutor {
    fn events(&mut self) -> mpsc::Receiver<ExecutorEvent> {
        self.events
            .take()
            .expect("the events of an executor go to one place")
    }

    fn submit(&self, workload: Workload) -> Result<(), SubmitError> {
        if self.free_slots() == 0 {
            return Err(SubmitError::Full);
        }
        let (kill, killed) = watch::channel(None);
        self.shared.running().insert(workload.attempt(), kill);
        let worker = Worker {
            shared: Arc::clone(&self.shared),
            workload,
            killed,
            must_fail: AtomicBool::new(false),
        };
        let gate = self.shared.gate.clone();
        self.workers
            .lock()
            .expect("a panic ends the simulation")
            .spawn_local(gate.hold(worker.run()));
        Ok(())
    }

    fn kill(&self, attempt: AttemptId, reason: KillReason) -> bool {
        self.shared
            .running()
            .get(&attempt)
            .is_some_and(|kill| kill.send(Some(reason)).is_ok())
    }

    fn free_slots(&self) -> usize {
        self.slots - self.shared.running().len()
    }

    fn running(&self) -> usize {
        self.shared.running().len()
    }

    fn stop(&mut self, _: Duration) {
        let running = self.shared.running();
        for kill in running.values() {
            // A worker that has just ended needs not be told.
            let _ = kill.send(Some(KillReason::Shutdown));
        }
    }

    fn is_stopped(&mut self) -> bool {
        self.running() == 0
    }
}

/// One attempt.
struct Worker {
    shared: Arc<Shared>,
    workload: Workload,
    killed: watch::Receiver<Option<KillReason>>,
    /// Whether it goes on with a wait that took too long.
    must_fail: AtomicBool,
}

/// Waits until somebody has an attempt killed.
async fn killed(by: &mut watch::Receiver<Option<KillReason>>) -> KillReason {
    let reason = by.wait_for(Option::is_some).await.ok().and_then(|reason| *reason);
    reason.unwrap_or(KillReason::Shutdown)
}

/// What a worker does with its task.
#[derive(Debug, Clone, PartialEq)]
enum Fate {
    Ends(Outcome),
    /// It hangs, without a sign of life, until it is killed.
    Hangs,
}

impl Worker {
    async fn run(mut self) {
        let attempt = self.workload.attempt();
        let event = self.attempt().await;
        self.shared.running().remove(&attempt);
        // A scheduler that does not listen any more has ended.
        let _ = self.shared.events.send(event).await;
    }

    async fn attempt(&mut self) -> ExecutorEvent {
        let attempt = self.workload.attempt();
        let not_reported = |outcome, error| ExecutorEvent::NotReported {
            attempt,
            outcome,
            error,
        };
        if let Err(error) = self.start().await {
            return not_reported(None, error);
        }
        if let Err(error) = self.trigger().await {
            return not_reported(None, error);
        }
        let outcome = match self.work().await {
            Ok(outcome) => outcome,
            Err(error) => return not_reported(None, error),
        };
        match self.end(&outcome).await {
            Ok(()) => ExecutorEvent::Ended { attempt, outcome },
            Err(error) => not_reported(Some(outcome), error),
        }
    }

    async fn start(&self) -> Result<(), ApiError> {
        let world = &self.shared.world;
        let start = AttemptStart {
            hostname: self.shared.host.0.clone(),
            unixname: "simulated".to_owned(),
            pid: self.shared.host.1,
            start_date: world.now(),
        };
        let claim = async || {
            let claimed = self
                .shared
                .api
                .start(self.workload.attempt(), start.clone())
                .await;
            let context = claimed?;
            let must_fail = context.next_method.as_deref() == Some(Resumption::FAIL);
            self.must_fail.store(must_fail, Ordering::Relaxed);
            Ok(())
        };
        self.insist(claim).await
    }

    /// Now and then has another DAG run. An error: the attempt is not wanted any more.
    async fn trigger(&self) -> Result<(), ApiError> {
        let (world, attempt) = (&self.shared.world, self.workload.attempt());
        if self.workload.callback.is_some() || !world.goes_wrong(200) {
            return Ok(());
        }
        let Some(request) = triggers::request(world, attempt) else {
            return Ok(());
        };
        let ask = async || self.shared.api.trigger_dag_run(attempt, request.clone()).await;
        let answer = self.insist(ask).await;
        triggers::check(world, &request, &answer);
        match answer {
            Err(error @ ApiError::NotLive(_)) => Err(error),
            // It does without.
            _ => Ok(()),
        }
    }

    /// Does the task's work. An error: the attempt is not wanted any more.
    async fn work(&mut self) -> Result<Outcome, ApiError> {
        let world = self.shared.world.clone();
        let longest = if world.is_rough() { 90 } else { 2 };
        let mut left = world.between(Duration::ZERO, Duration::from_secs(longest));
        let mut fate = self.fate();
        if let Some(callback) = &self.workload.callback {
            world.database().call(&callback.id);
            let after = self
                .workload
                .execution_timeout
                .expect("callbacks have a time limit");
            if fate == Fate::Hangs || left > after {
                (left, fate) = (after, Fate::Ends(Outcome::TimedOut { after }));
            } else if world.one_in(2) {
                // One that is done is not called again; a repeat changes nothing.
                self.shared.api.callback_done(self.workload.attempt(), 0).await?;
            }
        }
        if fate == Fate::Hangs {
            left = Duration::MAX;
        }
        while !left.is_zero() {
            let pause = left.min(HEARTBEAT);
            tokio::select! {
                biased;
                reason = killed(&mut self.killed) => return Ok(Outcome::Killed { reason }),
                () = tokio::time::sleep(pause) => left -= pause,
            }
            if fate != Fate::Hangs {
                self.beat().await?;
            }
        }
        match fate {
            Fate::Ends(outcome) => Ok(outcome),
            Fate::Hangs => unreachable!("it hangs until it is killed"),
        }
    }

    fn fate(&self) -> Fate {
        let world = &self.shared.world;
        let failed = |retryable| Outcome::Failed {
            reason: if retryable { "simulated" } else { "for good" }.to_owned(),
            retryable,
        };
        if self.must_fail.load(Ordering::Relaxed) {
            return Fate::Ends(failed(true));
        }
        if !world.is_rough() {
            return Fate::Ends(Outcome::Success);
        }
        match world.below(40) {
            0 => Fate::Hangs,
            1 => Fate::Ends(failed(false)),
            2..=7 => Fate::Ends(failed(true)),
            8..=9 => Fate::Ends(Outcome::Skipped {
                reason: "simulated".to_owned(),
            }),
            10..=13 if self.workload.callback.is_none() => {
                let pause = world.between(Duration::ZERO, Duration::from_mins(1));
                Fate::Ends(Outcome::Rescheduled {
                    at: world.now() + pause,
                })
            }
            14..=17 if self.workload.callback.is_none() => {
                Fate::Ends(Outcome::Deferred(self.deferral().into()))
            }
            _ => Fate::Ends(Outcome::Success),
        }
    }

    /// What a task waits for that defers itself.
    fn deferral(&self) -> Deferral {
        let world = &self.shared.world;
        let pause = world.between(Duration::ZERO, Duration::from_mins(1));
        let external = if world.one_in(3) {
            world.database().some_external_wait(|below| world.below(below))
        } else {
            None
        };
        let is_external = external.is_some();
        Deferral {
            trigger: if let Some(external) = external {
                external
            } else if world.one_in(2) {
                Trigger::date_time(world.now() + pause)
            } else {
                Trigger::time_delta(pause)
            },
            next_method: "execute_complete".to_owned(),
            next_kwargs: Map::new(),
            timeout: (is_external || world.one_in(3))
                .then(|| world.between(Duration::ZERO, Duration::from_mins(1))),
        }
    }

    async fn beat(&self) -> Result<(), ApiError> {
        let heartbeat = Heartbeat {
            hostname: self.shared.host.0.clone(),
            pid: self.shared.host.1,
            progress: None,
        };
        match self
            .shared
            .api
            .heartbeat(self.workload.attempt(), heartbeat)
            .await
        {
            Err(error @ ApiError::NotLive(_)) => Err(error),
            // The next one may come through.
            _ => Ok(()),
        }
    }

    async fn end(&self, outcome: &Outcome) -> Result<(), ApiError> {
        let world = &self.shared.world;
        let is_task = self.workload.callback.is_none();
        let skips = (*outcome == Outcome::Success && is_task && world.one_in(6))
            .then(|| self.decide())
            .flatten();
        if let Some(skips) = &skips {
            let ti = &self.workload.ti;
            let request = SetXCom {
                key: SKIP_DECISION_KEY.to_owned(),
                value: skips.decision.to_xcom(),
                dag_id: ti.dag_id.clone(),
                run_id: ti.run_id.clone(),
                task_id: ti.task_id.clone(),
                map_index: None,
                mapped_length: None,
            };
            let decide = async || self.shared.api.set_xcom(ti.id, request.clone()).await;
            self.insist(decide).await?;
        }
        let end = AttemptEnd {
            outcome: outcome.clone(),
            end_date: world.now(),
            progress: None,
            skipped: skips
                .map(|skips| skips.tasks.into_iter().map(Into::into).collect())
                .unwrap_or_default(),
            outlet_events: Vec::new(),
            retry_delay: None,
        };
        let report = async || self.shared.api.end(self.workload.attempt(), end.clone()).await;
        self.insist(report).await
    }

    /// A branch goes on with some of the tasks after it.
    fn decide(&self) -> Option<Skips> {
        let (world, ti) = (&self.shared.world, &self.workload.ti);
        let key = TaskKey {
            dag_id: ti.dag_id.clone(),
            run_id: ti.run_id.clone(),
            task_id: ti.task_id.clone(),
            map_index: ti.map_index,
        };
        let spec = Arc::clone(&world.database().runs.get(&key.run_key())?.spec);
        let dag = spec.validate().expect("the dags of the simulation are valid");
        let task = dag.graph().index(&key.task_id)?;
        let after = dag.graph().downstreams(task).to_vec();
        let id = |task: &updraft_model::TaskIndex| dag.spec().tasks[task.at()].task_id.as_str().to_owned();
        let chosen: Vec<String> = after.iter().filter(|_| world.one_in(2)).map(id).collect();
        dag.branch(task, &chosen).expect("the dag has these tasks")
    }

    /// Asks until there is an answer; now and then asks again although there was one.
    async fn insist(&self, ask: impl AsyncFn() -> Result<(), ApiError>) -> Result<(), ApiError> {
        let world = &self.shared.world;
        let mut tries = 0;
        loop {
            world.travel().await;
            let answer = ask().await;
            world.travel().await;
            tries += 1;
            let is_lost = world.goes_wrong(20);
            match answer {
                Err(ApiError::Unavailable(_)) if tries < TRIES => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                _ if is_lost && tries < TRIES => {}
                answer => return answer,
            }
        }
    }
}
