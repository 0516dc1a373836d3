//! A scheduler that does not plan: it runs the attempts that the planning one assigns to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use updraft_bundle::{SourceChange, SourceWatcher};
use updraft_executor::{Executor, ExecutorEvent};
use updraft_model::{AttemptId, Clock};
use updraft_protocol::launch::Launch;
use updraft_secrets::Secrets;
use updraft_store::{Assigned, Holder, JobId, NewAsk, StoreError};
use updraft_worker::{ApiError, KillReason, Workload};

use super::letter::{AssignedWorkload, Letter, read, text};
use crate::MakeExecutor;
use crate::gateway::{Ask, Gateway, Live, Reply, not_live};
use crate::ledger::JobLedger;

/// How many asks of attempts may wait to be posted.
const ASKS_WAITING_MAX: usize = 1024;

/// What the scheduler has for a member is noticed after this long if its wake-up was lost.
const UNNOTICED_MAX: Duration = Duration::from_secs(1);

/// The pause after the database failed.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// How long a member that is told to stop waits for the last answers.
const FAREWELL_MAX: Duration = Duration::from_secs(5);

/// How long it waits between two looks then.
const FAREWELL_PAUSE: Duration = Duration::from_millis(50);

/// What a member is made of; everything that touches the world is given to it.
pub struct MemberParts {
    /// The metadata database.
    pub store: Arc<dyn JobLedger>,
    /// Begins to watch the DAGs folder.
    pub sources: Box<dyn FnMut() -> SourceWatcher + Send>,
    /// Makes the executor.
    pub executor: MakeExecutor,
    /// Variables and connections from the environment.
    pub secrets: Secrets,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The settings of a member.
#[derive(Debug, Clone)]
pub struct MemberOptions {
    /// The process.
    pub holder: Holder,
    /// How many attempts it runs at once.
    pub slots: usize,
    /// How often it gives a sign of life.
    pub beat_interval: Duration,
}

/// A scheduler that runs what another one plans.
pub struct Member {
    store: Arc<dyn JobLedger>,
    make_sources: Box<dyn FnMut() -> SourceWatcher + Send>,
    executor: Box<dyn Executor>,
    gateway: Arc<Gateway>,
    clock: Arc<dyn Clock>,
    options: MemberOptions,
    asks: mpsc::Receiver<Ask>,
    events: mpsc::Receiver<ExecutorEvent>,
    /// How to start the program of each source. `None` until the DAGs folder was looked through.
    launches: Option<BTreeMap<String, Arc<Launch>>>,
    /// What is not posted yet.
    outbox: Vec<NewAsk>,
    /// Who waits for the answer to which ask.
    waiting: BTreeMap<i64, Reply>,
    /// The number of the last ask.
    number: i64,
}

/// What a member works with while it is a job.
struct Shift {
    job: JobId,
    signal: BoxStream<'static, ()>,
    sources: Option<SourceWatcher>,
    /// When it gives its next sign of life.
    beat_at: Instant,
}

/// How a shift ends.
enum ShiftEnd {
    /// The member counts as gone.
    GivenUp,
    /// It was told to stop, and has.
    Stopped,
}

impl Member {
    /// A member that has not joined. Must be called inside a tokio runtime.
    pub fn new(parts: MemberParts, options: MemberOptions) -> Self {
        let (asks, asked) = mpsc::channel(ASKS_WAITING_MAX);
        let lookups = Arc::clone(&parts.store) as _;
        let gateway = Arc::new(Gateway::new(
            lookups,
            parts.secrets,
            Arc::clone(&parts.clock),
            asks,
        ));
        let mut executor = (parts.executor)(Arc::clone(&gateway) as _);
        let events = executor.events();
        Self {
            store: parts.store,
            make_sources: parts.sources,
            executor,
            gateway,
            clock: parts.clock,
            options,
            asks: asked,
            events,
            launches: None,
            outbox: Vec::new(),
            waiting: BTreeMap::new(),
            number: 0,
        }
    }

    /// Runs what it is assigned until told to stop. It takes nothing new while `stands_by` says no; what it has goes on.
    pub async fn run(mut self, mut stands_by: watch::Receiver<bool>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let is_standing_by = *stands_by.borrow_and_update();
            match self.join(is_standing_by).await {
                Ok(mut shift) => match self.work(&mut shift, &mut stands_by, &stop).await {
                    ShiftEnd::Stopped => return self.leave(shift.job).await,
                    ShiftEnd::GivenUp => {
                        tracing::warn!(
                            "this scheduler gave no sign of life for too long; what it ran is run by others and is ended here"
                        );
                        self.drop_everything().await;
                    }
                },
                Err(error) => {
                    tracing::warn!(
                        "cannot join the other schedulers: {}",
                        crate::error::chain(&error)
                    );
                    tokio::select! {
                        biased;
                        () = tokio::time::sleep(DATABASE_PAUSE) => {}
                        () = stop.cancelled() => {}
                    }
                }
            }
        }
    }

    async fn join(&mut self, stands_by: bool) -> Result<Shift, StoreError> {
        // It takes attempts once it knows its sources.
        let job = self.store.join(&self.options.holder, 0, self.clock.now()).await?;
        let signal = self.store.listen_as(job, UNNOTICED_MAX).await?;
        self.launches = None;
        Ok(Shift {
            job,
            signal,
            sources: stands_by.then(|| (self.make_sources)()),
            beat_at: Instant::now() + self.options.beat_interval,
        })
    }

    async fn work(
        &mut self,
        shift: &mut Shift,
        stands_by: &mut watch::Receiver<bool>,
        stop: &CancellationToken,
    ) -> ShiftEnd {
        let mut farewell: Option<Instant> = None;
        loop {
            let mut look = false;
            tokio::select! {
                biased;
                () = stop.cancelled(), if farewell.is_none() => {
                    self.executor.stop(Duration::ZERO);
                    farewell = Some(Instant::now() + FAREWELL_MAX);
                    shift.sources = None;
                }
                Ok(()) = stands_by.changed() => {
                    let stands_by = *stands_by.borrow_and_update();
                    self.launches = None;
                    shift.sources = (stands_by && farewell.is_none()).then(|| (self.make_sources)());
                    shift.beat_at = Instant::now();
                }
                changes = changed(&mut shift.sources) => {
                    // Only now it can take attempts: that is told at once.
                    if self.take_sources(changes) {
                        shift.beat_at = Instant::now();
                    }
                }
                Some(()) = shift.signal.next() => look = true,
                Some(ask) = self.asks.recv() => self.ask(ask),
                Some(event) = self.events.recv() => self.over(event),
                () = tokio::time::sleep_until(shift.beat_at) => {}
                () = tokio::time::sleep(FAREWELL_PAUSE), if farewell.is_some() => look = true,
            }
            self.drain();
            if Instant::now() >= shift.beat_at && !self.beat(shift).await {
                return ShiftEnd::GivenUp;
            }
            self.post(shift).await;
            if look && let Err(error) = self.look(shift.job).await {
                tracing::warn!("cannot read what is to be run: {}", crate::error::chain(&error));
            }
            if let Some(last) = farewell
                && self.executor.is_stopped()
                && ((self.outbox.is_empty() && self.waiting.is_empty()) || Instant::now() >= last)
            {
                return ShiftEnd::Stopped;
            }
        }
    }

    /// Gives a sign of life; false if this member was given up. While the database is away it goes on: attempts that cannot reach
    /// the engine for too long end themselves.
    async fn beat(&mut self, shift: &mut Shift) -> bool {
        shift.beat_at = Instant::now() + self.options.beat_interval;
        let slots = match &shift.sources {
            Some(_) if self.launches.is_some() => self.options.slots,
            _ => 0,
        };
        let beaten = self.store.beat(shift.job, slots, self.clock.now()).await;
        beaten.unwrap_or_else(|error| {
            tracing::warn!("cannot give a sign of life: {}", crate::error::chain(&error));
            shift.beat_at = Instant::now() + DATABASE_PAUSE.min(self.options.beat_interval);
            true
        })
    }

    /// Takes note of how programs are started. Gives whether that was not known at all before.
    fn take_sources(&mut self, changes: Vec<SourceChange>) -> bool {
        let is_first = self.launches.is_none();
        let launches = self.launches.get_or_insert_default();
        for change in changes {
            match change {
                SourceChange::Parsed(parsed) => {
                    launches.insert(parsed.launch.source.clone(), Arc::clone(&parsed.launch));
                }
                SourceChange::Failed(error) => {
                    tracing::error!(dag.source = error.source, "a DAG source cannot be read: {error}");
                }
                SourceChange::Removed { source } => {
                    launches.remove(&source);
                }
            }
        }
        is_first
    }

    fn drain(&mut self) {
        while let Ok(ask) = self.asks.try_recv() {
            self.ask(ask);
        }
        while let Ok(event) = self.events.try_recv() {
            self.over(event);
        }
    }

    /// Something that an attempt wants written.
    fn ask(&mut self, ask: Ask) {
        let number = self.enclose(ask.attempt, &Letter::Write(ask.write));
        self.waiting.insert(number, ask.reply);
    }

    /// An attempt is over, and its slot is free.
    fn over(&mut self, event: ExecutorEvent) {
        let (attempt, error) = match event {
            ExecutorEvent::Ended { attempt, .. } => (attempt, None),
            ExecutorEvent::NotReported { attempt, error, .. } => (attempt, Some(error)),
            ExecutorEvent::Room => return,
        };
        self.gateway.remove(attempt);
        self.enclose(attempt, &Letter::Over(error));
    }

    fn enclose(&mut self, attempt: AttemptId, letter: &Letter) -> i64 {
        self.number += 1;
        self.outbox.push(NewAsk {
            number: self.number,
            attempt,
            body: text(letter),
        });
        self.number
    }

    /// Posts what there is. If that fails, who waits is told, and asks again; that an attempt is over is posted later.
    async fn post(&mut self, shift: &mut Shift) {
        if self.outbox.is_empty() {
            return;
        }
        let Err(error) = self.store.post_asks(shift.job, &self.outbox).await else {
            self.outbox.clear();
            return;
        };
        let why = crate::error::chain(&error);
        self.outbox.retain(|ask| {
            let reply = self.waiting.remove(&ask.number);
            let is_over = reply.is_none();
            // A worker that has gone away needs no answer.
            let _ = reply.map(|reply| reply.send(Err(ApiError::Unavailable(why.clone()))));
            is_over
        });
        shift.beat_at = shift.beat_at.min(Instant::now() + DATABASE_PAUSE);
    }

    /// Reads what the scheduler has for this member.
    async fn look(&mut self, job: JobId) -> Result<(), StoreError> {
        let answers = self.store.answers(job).await?;
        let numbers: Vec<i64> = answers.iter().map(|answer| answer.number).collect();
        for answer in answers {
            if let Some(reply) = self.waiting.remove(&answer.number) {
                // A worker that has gone away needs no answer.
                let _ = reply.send(read(&answer.text).and_then(|answer| answer));
            }
        }
        if !numbers.is_empty() {
            self.store.forget_asks(job, &numbers).await?;
        }
        let assigned = self.store.assigned(job).await?;
        let attempts: Vec<AttemptId> = assigned.iter().map(|assigned| assigned.attempt).collect();
        for assigned in assigned {
            self.take(assigned);
        }
        self.store.take_assigned(&attempts).await
    }

    /// Begins with an attempt, or ends it.
    fn take(&mut self, assigned: Assigned) {
        let attempt = assigned.attempt;
        if self.gateway.key(attempt).is_some() {
            if assigned.is_killed {
                self.executor.kill(attempt, KillReason::Requested);
            }
            return;
        }
        let submitted = read(&assigned.workload).and_then(|workload: AssignedWorkload| {
            let unable = |why: String| ApiError::Unavailable(why);
            let launches = self.launches.as_ref();
            let launches = launches.ok_or_else(|| unable("the scheduler takes no tasks of others just now".to_owned()))?;
            let launch = launches.get(&workload.source).cloned().ok_or_else(|| {
                let (source, host) = (&workload.source, &self.options.holder.hostname);
                unable(format!(
                    "`{host}` has no readable `{source}` in its DAGs folder; it must be there on every scheduler's machine"
                ))
            })?;
            let key = workload.ti.key();
            let told = Some(workload.told);
            self.gateway.add(attempt, Live { key, told });
            let workload = Workload {
                ti: workload.ti,
                launch,
                execution_timeout: workload.execution_timeout,
                callback: None,
            };
            let submitted = self.executor.submit(workload);
            submitted.map_err(|error| ApiError::Unavailable(error.to_string()))
        });
        if let Err(error) = submitted {
            tracing::warn!(attempt.id = %attempt, "an attempt is not run here: {error}");
            self.gateway.remove(attempt);
            self.enclose(attempt, &Letter::Over(Some(error)));
        }
    }

    /// Ends everything that runs: it counts no more. Whoever asks is told so.
    async fn drop_everything(&mut self) {
        let running: BTreeSet<AttemptId> = self.gateway.attempts().into_iter().collect();
        for attempt in &running {
            self.executor.kill(*attempt, KillReason::EngineUnreachable);
            self.gateway.remove(*attempt);
        }
        for (_, reply) in std::mem::take(&mut self.waiting) {
            // A worker that has gone away needs no answer.
            let _ = reply.send(Err(ApiError::NotLive("the scheduler has replaced it".to_owned())));
        }
        self.outbox.clear();
        while self.executor.running() > 0 {
            tokio::select! {
                biased;
                Some(ask) = self.asks.recv() => {
                    let _ = ask.reply.send(Err(not_live(ask.attempt)));
                }
                Some(_) = self.events.recv() => {}
                // A slot notes that its attempt is over a little after it has said so.
                () = tokio::time::sleep(Duration::from_millis(10)) => {}
            }
        }
        while self.events.try_recv().is_ok() {}
    }

    async fn leave(self, job: JobId) {
        if let Err(error) = self.store.leave(job, self.clock.now()).await {
            tracing::warn!(
                "cannot say that this scheduler ends: {}",
                crate::error::chain(&error)
            );
        }
    }
}

/// Waits for changes of sources; for ever, if nobody watches them.
async fn changed(sources: &mut Option<SourceWatcher>) -> Vec<SourceChange> {
    match sources {
        Some(sources) => sources.changed().await,
        None => std::future::pending().await,
    }
}
