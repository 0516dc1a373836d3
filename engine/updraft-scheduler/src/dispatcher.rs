//! The dispatcher: one loop that owns the planner and orders everything.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use updraft_bundle::{SourceChange, SourceWatcher};
use updraft_executor::Executor;
use updraft_model::{Clock, DagId, IdSource};
use updraft_planner::{Limits, Planner};
use updraft_secrets::Secrets;
use updraft_store::{Holder, Lease, StoreError};
use updraft_worker::TaskApi;

use crate::callbacks::Callbacks;
use crate::crew::Fleet;
use crate::gateway::{Ask, Gateway};
use crate::inbox::Inbox;
use crate::ledger::Ledger;
use crate::runs::Runs;
use crate::sources::Launches;
use crate::timetables::Timetables;
use crate::turn::End;
use crate::waits::{ForTriggers, Lookout, PythonTriggers, Triggerer};
use crate::{AskTimetable, Pulse, SchedulerError, SchedulerOptions, convert};

/// How many writes of attempts may wait for the dispatcher.
const ASKS_WAITING_MAX: usize = 1024;

/// The dispatcher goes round at least this often, so that its pulse shows that it lives.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// A change by another process whose wake-up was lost is noticed after this long.
const CHANGE_UNNOTICED_MAX: Duration = Duration::from_secs(1);

/// The first and the longest pause after the database failed.
const DATABASE_PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Makes an executor, given the engine's side of the task API.
pub type MakeExecutor = Box<dyn FnOnce(Arc<dyn TaskApi>) -> Box<dyn Executor> + Send>;

/// What a scheduler is made of; everything that touches the world is given to it.
pub struct Parts {
    /// The metadata database, migrated.
    pub store: Arc<dyn Ledger>,
    /// Watches the DAGs folder.
    pub sources: SourceWatcher,
    /// Makes the executor.
    pub executor: MakeExecutor,
    /// Makes the executor of callbacks, which take no slot from tasks.
    pub callback_executor: MakeExecutor,
    /// Asks the programs of DAGs with timetables of their own.
    pub timetables: Arc<dyn AskTimetable>,
    /// How triggers of Python are waited for; `None` if this scheduler has no Python.
    pub python: Option<PythonTriggers>,
    /// Variables and connections from the environment.
    pub secrets: Secrets,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn IdSource>,
    /// Where the sign of life goes.
    pub pulse: Arc<Pulse>,
    /// Whether a process with this id runs on this machine; decides whether a lease of this machine is a dead one's.
    pub is_alive: fn(u32) -> bool,
}

/// A scheduler that holds the lease of its database.
pub struct Scheduler {
    pub(crate) store: Arc<dyn Ledger>,
    pub(crate) lease: Lease,
    pub(crate) planner: Planner,
    pub(crate) runs: Runs,
    pub(crate) launches: Launches,
    pub(crate) executor: Box<dyn Executor>,
    pub(crate) callbacks: Callbacks,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) fleet: Fleet,
    pub(crate) is_alive: fn(u32) -> bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) options: SchedulerOptions,
    /// Whether the planner's picture may differ from the database, so that everything is to be read again.
    pub(crate) is_stale: bool,
    /// What was found in the DAGs folder and is not recorded yet.
    pub(crate) sources: VecDeque<SourceChange>,
    /// Whether the DAGs folder has been looked through. Before that nothing is planned: no task could be run.
    pub(crate) has_scanned: bool,
    /// Whether the planner knows of which DAGs no source can be read.
    pub(crate) knows_unreadable: bool,
    /// Ends of attempts that nobody else reports, until they are written.
    pub(crate) ends: Vec<End>,
    pub(crate) inbox: Inbox,
}

impl Scheduler {
    /// Takes the lease, reads the picture, and puts the attempts that a former scheduler left into the queue again.
    ///
    /// # Errors
    /// Another scheduler is at work, or the database cannot be read.
    pub async fn start(
        parts: Parts,
        options: SchedulerOptions,
        stop: CancellationToken,
    ) -> Result<Self, SchedulerError> {
        let now = parts.clock.now();
        let holder = Holder {
            hostname: options.hostname.clone(),
            pid: options.pid,
        };
        let lease = parts
            .store
            .acquire_scheduler(&holder, now, options.lease_ttl, parts.is_alive)
            .await?;
        let changes = parts.store.listen(CHANGE_UNNOTICED_MAX).await?;
        let picture = parts.store.picture().await?;
        let limits = Limits {
            parallelism: options.parallelism,
            ..Limits::default()
        };
        let planner = Planner::new(&convert::snapshot(&picture, limits));
        let (asks, asked) = mpsc::channel::<Ask>(ASKS_WAITING_MAX);
        let lookout = Lookout::new(Arc::clone(&parts.store) as _, parts.secrets.clone());
        let gateway = Arc::new(Gateway::new(
            Arc::clone(&parts.store) as _,
            parts.secrets,
            Arc::clone(&parts.clock),
            asks,
        ));
        let triggers = ForTriggers::with(parts.python, &gateway);
        let mut executor = (parts.executor)(Arc::clone(&gateway) as _);
        let mut callback_executor = (parts.callback_executor)(Arc::clone(&gateway) as _);
        let inbox = Inbox {
            asks: asked,
            executor: executor.events(),
            callbacks: callback_executor.events(),
            waits: Triggerer::new(lookout, options.triggerer_capacity, triggers),
            timetables: Timetables::new(parts.timetables, options.timetables),
            sources: parts.sources,
            changes,
            stop,
        };
        let mut scheduler = Self {
            store: parts.store,
            lease,
            planner,
            runs: Runs::default(),
            launches: Launches::default(),
            executor,
            callbacks: Callbacks::new(callback_executor, options.callbacks_per_dag),
            gateway,
            fleet: Fleet::default(),
            is_alive: parts.is_alive,
            clock: parts.clock,
            ids: parts.ids,
            pulse: parts.pulse,
            options,
            is_stale: false,
            sources: VecDeque::new(),
            has_scanned: false,
            knows_unreadable: false,
            ends: Vec::new(),
            inbox,
        };
        scheduler.take_runs(picture.runs);
        scheduler.fleet.has_open_asks = true;
        scheduler.muster().await?;
        scheduler.recover().await?;
        scheduler.recover_callbacks().await?;
        Ok(scheduler)
    }

    /// Works until told to stop, then ends what runs and gives the lease back.
    ///
    /// # Errors
    /// Another scheduler has taken over.
    pub async fn run(mut self) -> Result<(), SchedulerError> {
        let mut renew_at = tokio::time::Instant::now();
        let mut pause = DATABASE_PAUSE.0;
        loop {
            if tokio::time::Instant::now() >= renew_at {
                self.renew().await?;
                self.look_for_silence().await;
                if let Err(error) = self.muster().await {
                    tracing::warn!(
                        "cannot look for the other schedulers: {}",
                        crate::error::chain(&error)
                    );
                    self.is_stale = true;
                }
                renew_at = tokio::time::Instant::now() + self.options.renewal_interval();
            }
            let batch = self.inbox.next(self.patience(renew_at)).await;
            let stop = batch.stop;
            self.has_scanned |= batch.scanned;
            match self.turn(batch).await {
                Ok(()) => {
                    pause = DATABASE_PAUSE.0;
                    self.pulse.database(true);
                }
                Err(TurnError::LeaseLost) => return Err(SchedulerError::LeaseLost),
                Err(TurnError::Store(error)) => {
                    self.pulse.database(false);
                    tracing::error!("{}; reading everything again", crate::error::chain(&error));
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(DATABASE_PAUSE.1);
                }
            }
            self.pulse.turned(self.clock.now());
            if stop {
                return self.shut_down().await;
            }
        }
    }

    /// How long the dispatcher may wait: until the planner's next time, the next renewal, or a while; not at all if it has
    /// left something undone.
    fn patience(&self, renew_at: tokio::time::Instant) -> Duration {
        if self.is_stale || (self.fleet.has_open_asks && !self.fleet.is_empty()) {
            return Duration::ZERO;
        }
        let until_renewal = renew_at.saturating_duration_since(tokio::time::Instant::now());
        let can_deliver = |dag_id: &DagId| self.launches.of(dag_id).is_some();
        let wakes = [self.planner.next_wake(), self.callbacks.next_wake(can_deliver)];
        let until_wake = wakes.into_iter().flatten().min().map_or(IDLE_MAX, |wake| {
            let wait = wake.duration_since(self.clock.now());
            Duration::try_from(wait).unwrap_or(Duration::ZERO)
        });
        until_renewal.min(until_wake).min(IDLE_MAX)
    }

    async fn renew(&mut self) -> Result<(), SchedulerError> {
        match self
            .store
            .renew(&self.lease, self.clock.now(), self.options.lease_ttl)
            .await
        {
            Ok(true) => Ok(()),
            Ok(false) => Err(SchedulerError::LeaseLost),
            Err(error) => {
                // The lease outlives two failed renewals; if the database stays away, turns fail anyway.
                tracing::warn!("cannot renew the lease: {}", crate::error::chain(&error));
                Ok(())
            }
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            parallelism: self.options.parallelism + self.fleet.slots(),
            ..Limits::default()
        }
    }

    /// Ends every attempt of this process, writes how they ended, and gives the lease back.
    async fn shut_down(mut self) -> Result<(), SchedulerError> {
        tracing::info!("stopping: {} attempts are running", self.executor.running());
        self.executor.stop(self.options.shutdown_grace);
        self.callbacks.executor.stop(self.options.shutdown_grace);
        while !self.executor.is_stopped() || !self.callbacks.executor.is_stopped() {
            let batch = self.inbox.next_of_attempts(Duration::from_millis(50)).await;
            self.note(batch.executor);
            self.note_deliveries(&batch.callbacks);
            if let Err(error) = self.write_reports(batch.asks).await {
                tracing::error!(
                    "cannot write how attempts ended: {}; they will be tried again",
                    crate::error::chain(&error)
                );
            }
        }
        if let Err(error) = self.store.release(&self.lease).await {
            tracing::warn!("cannot give the lease back: {}", crate::error::chain(&error));
        }
        Ok(())
    }
}

/// Why a turn was not completed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TurnError {
    /// Another scheduler has taken over.
    #[error("another scheduler has taken over")]
    LeaseLost,
    /// The database did not do what was asked.
    #[error("the database does not do what it is asked")]
    Store(#[from] StoreError),
}
