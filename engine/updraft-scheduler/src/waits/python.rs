//! Waits for triggers of Python, as the dispatcher sees them: it says which there are, and hears when one has ended.
//!
//! A [`Keeper`] beside the dispatcher has the process that waits. What it is told is gathered here until the dispatcher has said all
//! that it has to say in a turn, so that reading everything again cancels no trigger that goes on.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use updraft_bundle::Python as PythonEnvironment;
use updraft_model::{AttemptId, WaitEnd};
use updraft_worker::{TaskApi, TriggerLimits, TriggerOrder, WorkerOptions};

use super::keeper::Keeper;

#[cfg(test)]
mod tests;

/// How the process is started that waits for triggers of Python.
#[derive(Debug, Clone)]
pub struct PythonTriggers {
    /// The Python that has the package for DAG files. It is asked for before each start, since its environment may be another one then.
    pub python: Arc<dyn PythonEnvironment>,
    /// The DAGs folder, absolute.
    pub dags_folder: PathBuf,
    /// The shepherd, the logs folder, and what is masked.
    pub worker: WorkerOptions,
    /// How long the process may say nothing.
    pub limits: TriggerLimits,
}

/// What the dispatcher says.
#[derive(Debug)]
pub(super) enum Change {
    /// A task waits.
    Add(Box<TriggerOrder>),
    /// It does not any more.
    Remove(AttemptId),
    /// Nobody waits but those that are added after this.
    Clear,
}

/// What the dispatcher hears. There is a bounded number for each change, so nothing piles up that is not waited for.
#[derive(Debug)]
pub(super) enum Heard {
    /// A wait has ended.
    Ended(AttemptId, WaitEnd),
    /// How it stands with a wait.
    Note(AttemptId, String),
}

/// All waits for triggers of Python.
pub(super) struct Python {
    how: Option<(PythonTriggers, Arc<dyn TaskApi>)>,
    capacity: usize,
    /// What the keeper was not told yet.
    changes: Vec<Change>,
    keeper: Option<Link>,
    /// Ends of waits that nobody can wait for.
    refused: VecDeque<Heard>,
}

/// The way to the keeper, which ends with this.
struct Link {
    changes: UnboundedSender<Vec<Change>>,
    heard: UnboundedReceiver<Heard>,
    _task: JoinSet<()>,
}

impl Python {
    pub(super) fn new(how: Option<(PythonTriggers, Arc<dyn TaskApi>)>, capacity: usize) -> Self {
        Self {
            how,
            capacity,
            changes: Vec::new(),
            keeper: None,
            refused: VecDeque::new(),
        }
    }

    /// A task waits from now on.
    pub(super) fn add(&mut self, order: TriggerOrder) {
        if self.how.is_some() {
            return self.changes.push(Change::Add(Box::new(order)));
        }
        let reason = format!(
            "it waits for trigger `{}`, which is a class of Python, and this scheduler has no Python for DAG files: run \
             `updraft python install` and start the scheduler again",
            order.classpath
        );
        self.refused
            .push_back(Heard::Ended(order.wait, WaitEnd::Failed(reason)));
    }

    /// A wait is over.
    pub(super) fn remove(&mut self, wait: AttemptId) {
        self.changes.push(Change::Remove(wait));
    }

    /// Nobody waits any more; those who are added before [`Python::next`] is called go on undisturbed.
    pub(super) fn clear(&mut self) {
        self.changes = vec![Change::Clear];
        self.refused.clear();
    }

    /// Waits until there is something to hear. Nothing is lost if this is dropped before.
    pub(super) async fn next(&mut self) -> Heard {
        if let Some(refused) = self.refused.pop_front() {
            return refused;
        }
        self.tell();
        let heard = match &mut self.keeper {
            Some(keeper) => keeper.heard.recv().await,
            None => None,
        };
        match heard {
            Some(heard) => heard,
            None => std::future::pending().await,
        }
    }

    /// Tells the keeper what has changed. It begins with the first wait.
    fn tell(&mut self) {
        let changes = std::mem::take(&mut self.changes);
        if changes.is_empty() {
            return;
        }
        if self.keeper.is_none() && changes.iter().any(|change| matches!(change, Change::Add(_))) {
            self.keeper = self
                .how
                .clone()
                .map(|how| Link::to_new_keeper(how, self.capacity));
        }
        if let Some(keeper) = &self.keeper
            && keeper.changes.send(changes).is_err()
        {
            tracing::error!(
                "what waits for triggers of Python has ended by a fault of the engine; start the scheduler again"
            );
        }
    }
}

impl Link {
    fn to_new_keeper((how, api): (PythonTriggers, Arc<dyn TaskApi>), capacity: usize) -> Self {
        let (changes, changed) = unbounded_channel();
        let (says, heard) = unbounded_channel();
        let mut task = JoinSet::new();
        task.spawn(Keeper::new(how, api, capacity, says).run(changed));
        Self {
            changes,
            heard,
            _task: task,
        }
    }
}
