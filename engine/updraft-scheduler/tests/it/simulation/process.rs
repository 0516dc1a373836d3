//! Scheduler processes: they start, compete for the lease, are killed, and stand still for a while.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use std::collections::BTreeMap;
use std::path::PathBuf;

use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, spawn_local};
use tokio_util::sync::CancellationToken;
use updraft_bundle::{ParsedSource, SourceChange, SourceWatcher};
use updraft_model::DagSpec;
use updraft_protocol::launch::{Launch, Program};
use updraft_scheduler::{Parts, Pulse, Scheduler, SchedulerError, SchedulerOptions};
use updraft_secrets::Secrets;

use super::crew;
use super::ledger::Link;
use super::timetables::{self, SimulatedPrograms};
use super::worker::SimulatedExecutor;
use super::world::World;

/// The one source of the DAGs folder.
pub(crate) const SOURCE: &str = "simulated.bundle.toml";

/// After this time a scheduler that gave no sign of life is replaced.
pub(crate) const LEASE_TTL: Duration = Duration::from_secs(24);

/// A machine with a scheduler that is started again whenever it has ended.
pub(crate) struct Machine {
    world: World,
    name: String,
    gate: Gate,
    process: JoinHandle<()>,
}

impl Machine {
    pub(crate) fn start(world: &World, name: &str) -> Self {
        let gate = Gate::default();
        Self {
            world: world.clone(),
            name: name.to_owned(),
            process: spawn_local(
                gate.clone()
                    .hold(live(world.clone(), name.to_owned(), gate.clone())),
            ),
            gate,
        }
    }

    /// SIGKILL at whatever it is doing, then a new start.
    pub(crate) fn crash(&mut self) {
        self.world.note(|| format!("{} crashes", self.name));
        self.process.abort();
        *self = Self::start(&self.world, &self.name);
    }

    /// Scheduler and workers stand still, and then go on as if nothing had been.
    pub(crate) fn pause(&self, length: Duration) {
        self.world
            .note(|| format!("{} stands still for {length:?}", self.name));
        self.gate.close();
        let gate = self.gate.clone();
        spawn_local(async move {
            tokio::time::sleep(length).await;
            gate.open();
        });
    }

    pub(crate) fn stop(self) {
        self.process.abort();
    }

    /// Gives up with the panic of the process, if it has panicked.
    pub(crate) async fn must_be_alive(&mut self) {
        if self.process.is_finished() {
            let end = (&mut self.process).await;
            match end {
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                end => panic!("{} has ended: {end:?}", self.name),
            }
        }
    }
}

/// Plans whenever it gets the lease, and runs what another one plans otherwise.
async fn live(world: World, name: String, gate: Gate) {
    let stands_by = watch::Sender::new(true);
    let crew = crew::serve(world.clone(), name.clone(), gate.clone(), stands_by.subscribe());
    let plan = async {
        for pid in 1.. {
            let ended = schedule(&world, &name, &gate, pid, &stands_by).await;
            stands_by.send_replace(true);
            if !matches!(ended, Err(SchedulerError::Lease(_))) {
                world.note(|| format!("{name} ends: {ended:?}"));
            }
            tokio::time::sleep(world.between(Duration::from_secs(1), Duration::from_secs(8))).await;
        }
    };
    // Members cost as much time as everything else together, so not every history has them.
    if world.database().has_crew {
        tokio::join!(crew, plan);
    } else {
        plan.await;
    }
}

async fn schedule(
    world: &World,
    name: &str,
    gate: &Gate,
    pid: u32,
    stands_by: &watch::Sender<bool>,
) -> Result<(), SchedulerError> {
    let (sender, receiver) = mpsc::channel(1);
    let host = (name.to_owned(), pid);
    let executor = {
        let (world, gate, host) = (world.clone(), gate.clone(), host.clone());
        Box::new(move |api| {
            let slots = world.database().parallelism;
            Box::new(SimulatedExecutor::new(world, gate, (host, slots), api)) as _
        })
    };
    let callback_executor = {
        let (world, gate, host) = (world.clone(), gate.clone(), host.clone());
        Box::new(move |api| Box::new(SimulatedExecutor::new(world, gate, (host, 3), api)) as _)
    };
    let parts = Parts {
        store: Arc::new(Link(world.clone())),
        sources: SourceWatcher::of(receiver),
        executor,
        callback_executor,
        timetables: Arc::new(SimulatedPrograms(world.clone(), gate.clone())),
        python: None,
        secrets: Secrets::default(),
        clock: Arc::new(world.clone()),
        ids: Arc::new(world.clone()),
        pulse: Arc::new(Pulse::default()),
        is_alive: |_| false,
    };
    let options = SchedulerOptions {
        hostname: host.0,
        pid,
        parallelism: world.database().parallelism,
        heartbeat_timeout: Duration::from_secs(30),
        lease_ttl: LEASE_TTL,
        conf_overrides_params: true,
        max_map_length: 1024,
        triggerer_capacity: 4,
        callback_timeout: Duration::from_secs(20),
        callbacks_per_dag: 2,
        timetables: timetables::options(),
        shutdown_grace: Duration::ZERO,
    };
    let scheduler = Scheduler::start(parts, options, CancellationToken::new()).await?;
    world.note(|| format!("{name} schedules"));
    stands_by.send_replace(false);
    let mut sources = world.sources().subscribe();
    let scan = async {
        loop {
            let dags = sources.borrow_and_update().clone();
            // A scheduler that does not listen any more has ended.
            let _ = sender
                .send(vec![SourceChange::Parsed(Arc::new(parsed(&dags)))])
                .await;
            if sources.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        biased;
        ended = scheduler.run() => ended,
        () = scan => Ok(()),
    }
}

pub(crate) fn parsed(dags: &[DagSpec]) -> ParsedSource {
    ParsedSource {
        launch: Arc::new(Launch {
            name: "simulated".to_owned(),
            source: SOURCE.to_owned(),
            dags_folder: PathBuf::from("/dags"),
            program: Arc::new(Program {
                path: PathBuf::from("/simulated"),
                args: Vec::new(),
                env: BTreeMap::new(),
                folder: PathBuf::from("/dags"),
                ends_late_tasks: false,
                is_for_one_attempt: false,
                zygote: None,
                fingerprint: String::new(),
            }),
        }),
        code: None,
        dags: dags.iter().cloned().map(Arc::new).collect(),
        warnings: Vec::new(),
        broken: None,
    }
}

/// Lets the futures of a process go on, or holds them where they are.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<GateState>>);

#[derive(Default)]
struct GateState {
    is_closed: bool,
    waiting: Vec<Waker>,
}

impl Gate {
    fn close(&self) {
        self.0.lock().expect("a panic ends the simulation").is_closed = true;
    }

    fn open(&self) {
        let waiting = {
            let mut state = self.0.lock().expect("a panic ends the simulation");
            state.is_closed = false;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// The future, as one of this process.
    pub(crate) fn hold<F: Future>(self, future: F) -> Held<F> {
        Held {
            gate: self,
            future: Box::pin(future),
        }
    }
}

/// A future behind a [`Gate`].
pub(crate) struct Held<F> {
    gate: Gate,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Held<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        {
            let mut state = self.gate.0.lock().expect("a panic ends the simulation");
            if state.is_closed {
                state.waiting.push(context.waker().clone());
                return Poll::Pending;
            }
        }
        self.future.as_mut().poll(context)
    }
}
