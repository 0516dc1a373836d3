//! The executor that runs attempts on this machine.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use updraft_model::AttemptId;
use updraft_worker::{ApiError, AttemptReport, KillReason, Slot, TaskApi, WorkerOptions, Workload};

use crate::slots::{Order, Slots};
use crate::{Executor, ExecutorEvent, SubmitError};

/// How the local executor works.
#[derive(Debug, Clone)]
pub struct ExecutorOptions {
    /// How many attempts run at once; Airflow's `[core] parallelism`.
    pub parallelism: usize,
    /// A process that no attempt has used for so long is ended.
    pub warm_idle_timeout: Duration,
    /// How each attempt is run.
    pub worker: WorkerOptions,
}

impl ExecutorOptions {
    /// 32 slots, whose processes stay warm for 5 minutes.
    pub const fn new(worker: WorkerOptions) -> Self {
        Self {
            parallelism: 32,
            warm_idle_timeout: Duration::from_mins(5),
            worker,
        }
    }
}

/// Runs attempts in processes of this machine. Dropping it kills them all.
#[derive(Debug)]
pub struct LocalExecutor {
    slots: SharedSlots,
    events: Option<mpsc::Receiver<ExecutorEvent>>,
    /// One task per slot.
    tasks: JoinSet<()>,
    /// Kills what still runs some time after [`stop`](Executor::stop).
    killer: JoinSet<()>,
}

/// The scheduler submits and kills, the slots say what has become of that; locked for a few steps at a time.
#[derive(Debug, Clone)]
struct SharedSlots(Arc<Mutex<Slots>>);

impl SharedSlots {
    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LocalExecutor {
    /// An executor without processes: they are started when attempts need them. Must be called inside a tokio runtime.
    pub fn new(options: ExecutorOptions, api: Arc<dyn TaskApi>) -> Self {
        let (events, receiver) = mpsc::channel(2 * options.parallelism.max(1));
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..options.parallelism).map(|_| mpsc::channel(1)).unzip();
        let slots = SharedSlots(Arc::new(Mutex::new(Slots::new(senders))));
        let worker = Arc::new(options.worker);
        let mut tasks = JoinSet::new();
        for (index, orders) in receivers.into_iter().enumerate() {
            let task = SlotTask {
                index,
                slot: Slot::new(Arc::clone(&worker), Arc::clone(&api)),
                slots: slots.clone(),
                orders,
                events: events.clone(),
                warm_idle_timeout: options.warm_idle_timeout,
            };
            tasks.spawn(task.run());
        }
        Self {
            slots,
            events: Some(receiver),
            tasks,
            killer: JoinSet::new(),
        }
    }

    /// Waits until everything has ended after [`stop`](Executor::stop).
    pub async fn stopped(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Executor for LocalExecutor {
    fn events(&mut self) -> mpsc::Receiver<ExecutorEvent> {
        self.events
            .take()
            .expect("the events of an executor go to one place")
    }

    fn submit(&self, workload: Workload) -> Result<(), SubmitError> {
        self.slots.lock().submit(workload)
    }

    fn kill(&self, attempt: AttemptId, reason: KillReason) -> bool {
        self.slots.lock().kill(attempt, reason)
    }

    fn free_slots(&self) -> usize {
        self.slots.lock().free()
    }

    fn running(&self) -> usize {
        self.slots.lock().running()
    }

    fn stop(&mut self, grace: Duration) {
        self.slots.lock().stop();
        let slots = self.slots.clone();
        self.killer.spawn(async move {
            tokio::time::sleep(grace).await;
            slots.lock().kill_all(KillReason::Shutdown);
        });
    }

    fn is_stopped(&mut self) -> bool {
        while self.tasks.try_join_next().is_some() {}
        self.tasks.is_empty()
    }
}

/// The task of one slot.
struct SlotTask {
    index: usize,
    slot: Slot,
    slots: SharedSlots,
    orders: mpsc::Receiver<Order>,
    events: mpsc::Sender<ExecutorEvent>,
    warm_idle_timeout: Duration,
}

impl SlotTask {
    async fn run(mut self) {
        let mut cools_at = Instant::now();
        loop {
            let is_warm = self.slot.program().is_some();
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(order) => {
                        self.attempt(order).await;
                        cools_at = Instant::now() + self.warm_idle_timeout;
                    }
                    None => break,
                },
                () = self.slot.idle() => self.slots.lock().cooled(self.index),
                () = tokio::time::sleep_until(cools_at), if is_warm => {
                    self.slots.lock().cooled(self.index);
                    self.slot.retire().await;
                }
            }
        }
        self.slot.retire().await;
    }

    async fn attempt(&mut self, (workload, kill): Order) {
        let attempt = workload.attempt();
        let (slots, index) = (self.slots.clone(), self.index);
        let run = self
            .slot
            .run(workload, kill, |warm| slots.lock().freed(index, warm.cloned()));
        let event = match AssertUnwindSafe(run).catch_unwind().await {
            Ok(AttemptReport {
                outcome: Some(outcome),
                reported: Ok(()),
                ..
            }) => ExecutorEvent::Ended { attempt, outcome },
            Ok(AttemptReport {
                outcome, reported, ..
            }) => ExecutorEvent::NotReported {
                attempt,
                outcome,
                error: reported
                    .err()
                    .unwrap_or_else(|| ApiError::Refused("it was never started".to_owned())),
            },
            Err(_) => {
                tracing::error!(attempt.id = %attempt, "a worker has panicked; its attempt is lost, its slot goes on");
                self.slot.retire().await;
                self.slots.lock().freed(index, None);
                ExecutorEvent::NotReported {
                    attempt,
                    outcome: None,
                    error: ApiError::Unavailable("the worker has panicked".to_owned()),
                }
            }
        };
        self.slots.lock().over(attempt);
        // A scheduler that does not listen any more has ended.
        let _ = self.events.send(event).await;
    }
}
