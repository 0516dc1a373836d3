//! The attempt that runs right now.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::task::Attempt;

/// How long a task that listens to its cancellation may tidy up, and how long one that does not may take to be
/// dropped.
const PATIENCE: Duration = Duration::from_secs(5);

/// The attempt that runs right now, if there is one.
pub(super) struct Current {
    /// Set by the main loop, cleared by the attempt itself.
    running: Mutex<Option<Running>>,
    /// Whether one runs, for those who wait for its end.
    is_running: watch::Sender<bool>,
    /// Set by SIGTERM, read when the main loop has ended.
    is_terminated: AtomicBool,
}

struct Running {
    attempt: Arc<Attempt>,
    /// Taken by who ends it early.
    task: Option<JoinHandle<()>>,
}

impl Default for Current {
    fn default() -> Self {
        Self {
            running: Mutex::default(),
            is_running: watch::Sender::new(false),
            is_terminated: AtomicBool::new(false),
        }
    }
}

impl Current {
    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts an attempt; false if another one runs.
    pub(super) fn set(&self, attempt: Arc<Attempt>, spawn: impl FnOnce() -> JoinHandle<()>) -> bool {
        let mut running = self.running();
        if running.is_some() {
            return false;
        }
        self.is_running.send_replace(true);
        *running = Some(Running {
            attempt,
            task: Some(spawn()),
        });
        true
    }

    pub(super) fn clear(&self) {
        *self.running() = None;
        self.is_running.send_replace(false);
    }

    /// Whether an attempt runs.
    pub(super) fn is_running(&self) -> bool {
        *self.is_running.borrow()
    }

    /// Ends the running attempt early: politely if it listens, else by dropping it.
    pub(super) async fn terminate(&self) {
        self.is_terminated.store(true, Ordering::Release);
        let listens = self.running().as_ref().map(|running| running.attempt.cancel());
        if listens == Some(true) && self.ends_in_time().await {
            return;
        }
        let task = self.running().as_mut().and_then(|running| running.task.take());
        if let Some(task) = task {
            task.abort();
            // Dropping may take its time, but not for ever: the process ends in any case.
            let _ = tokio::time::timeout(PATIENCE, task).await;
        }
    }

    /// Waits for the end of the attempt; false if that takes too long.
    async fn ends_in_time(&self) -> bool {
        let mut is_running = self.is_running.subscribe();
        let ended = is_running.wait_for(|is_running| !is_running);
        tokio::time::timeout(PATIENCE, ended).await.is_ok()
    }

    /// Whether SIGTERM came.
    pub(super) fn is_terminated(&self) -> bool {
        self.is_terminated.load(Ordering::Acquire)
    }
}
