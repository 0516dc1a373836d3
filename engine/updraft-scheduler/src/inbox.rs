//! Everything that can happen, gathered until the dispatcher has time for it.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use updraft_bundle::{SourceChange, SourceWatcher};
use updraft_executor::ExecutorEvent;

use crate::gateway::Ask;
use crate::timetables::{Timetables, Told};
use crate::waits::{EndedWait, Triggerer};

/// The most writes of attempts that one turn takes.
const ASKS_MAX: usize = 512;

/// What happened since the last turn.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// What attempts want written.
    pub(crate) asks: Vec<Ask>,
    /// What the executor says.
    pub(crate) executor: Vec<ExecutorEvent>,
    /// What the executor of callbacks says.
    pub(crate) callbacks: Vec<ExecutorEvent>,
    /// Waits of deferred tasks that have ended.
    pub(crate) waits: Vec<EndedWait>,
    /// What programs have told of their timetables.
    pub(crate) told: Vec<Told>,
    /// DAG sources that changed.
    pub(crate) sources: Vec<SourceChange>,
    /// Whether the DAGs folder was looked through.
    pub(crate) scanned: bool,
    /// Whether another process changed something.
    pub(crate) changed: bool,
    /// Whether the scheduler is to stop.
    pub(crate) stop: bool,
}

/// Where events come from.
pub(crate) struct Inbox {
    pub(crate) asks: mpsc::Receiver<Ask>,
    pub(crate) executor: mpsc::Receiver<ExecutorEvent>,
    pub(crate) callbacks: mpsc::Receiver<ExecutorEvent>,
    pub(crate) waits: Triggerer,
    pub(crate) timetables: Timetables,
    pub(crate) sources: SourceWatcher,
    pub(crate) changes: BoxStream<'static, ()>,
    pub(crate) stop: CancellationToken,
}

impl Inbox {
    /// Waits until something happens or the time is up, then takes everything that has happened.
    pub(crate) async fn next(&mut self, wait_max: Duration) -> Batch {
        let mut batch = Batch::default();
        // What comes seldom is looked at first: what comes often is drained below in any case.
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {}
            changes = self.sources.changed() => (batch.sources, batch.scanned) = (changes, true),
            Some(()) = self.changes.next() => batch.changed = true,
            Some(event) = self.executor.recv() => batch.executor.push(event),
            Some(event) = self.callbacks.recv() => batch.callbacks.push(event),
            Some(ask) = self.asks.recv() => batch.asks.push(ask),
            ended = self.waits.next() => batch.waits.push(ended),
            told = self.timetables.next() => batch.told.push(told),
            () = tokio::time::sleep(wait_max) => {}
        }
        self.drain(&mut batch);
        batch.waits.extend(std::iter::from_fn(|| self.waits.take()));
        batch.told.extend(std::iter::from_fn(|| self.timetables.take()));
        batch
    }

    /// Like [`Inbox::next`] while the executor is being shut down: only what attempts and executor say counts.
    pub(crate) async fn next_of_attempts(&mut self, wait_max: Duration) -> Batch {
        let mut batch = Batch::default();
        tokio::select! {
            biased;
            Some(event) = self.executor.recv() => batch.executor.push(event),
            Some(event) = self.callbacks.recv() => batch.callbacks.push(event),
            Some(ask) = self.asks.recv() => batch.asks.push(ask),
            () = tokio::time::sleep(wait_max) => {}
        }
        self.drain(&mut batch);
        batch
    }

    fn drain(&mut self, batch: &mut Batch) {
        while batch.asks.len() < ASKS_MAX
            && let Ok(ask) = self.asks.try_recv()
        {
            batch.asks.push(ask);
        }
        while let Ok(event) = self.executor.try_recv() {
            batch.executor.push(event);
        }
        while let Ok(event) = self.callbacks.try_recv() {
            batch.callbacks.push(event);
        }
        batch.stop = self.stop.is_cancelled();
    }
}
