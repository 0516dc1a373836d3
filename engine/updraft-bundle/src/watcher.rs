//! Looking again and again.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::{SourceChange, SourceScanner};

/// Scans the DAGs folder in regular intervals. Dropping it ends that.
#[derive(Debug)]
pub struct SourceWatcher {
    changes: mpsc::Receiver<Vec<SourceChange>>,
    /// Holds the one task that scans.
    _task: JoinSet<()>,
}

impl SourceWatcher {
    /// Begins to scan, at once. Must be called inside a tokio runtime.
    pub fn start(mut scanner: SourceScanner, every: Duration) -> Self {
        let (sender, changes) = mpsc::channel(1);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut ticks = interval(every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut is_first = true;
            loop {
                ticks.tick().await;
                let changes = scanner.scan().await;
                let is_worth_telling = is_first || !changes.is_empty();
                if is_worth_telling && sender.send(changes).await.is_err() {
                    return;
                }
                is_first = false;
            }
        });
        Self { changes, _task: task }
    }

    /// Hands on what somebody else finds.
    pub fn of(changes: mpsc::Receiver<Vec<SourceChange>>) -> Self {
        Self {
            changes,
            _task: JoinSet::new(),
        }
    }

    /// Waits for the next changes. The first list is that of the first scan, and may be empty; others are not. A call that is dropped loses nothing.
    pub async fn changed(&mut self) -> Vec<SourceChange> {
        match self.changes.recv().await {
            Some(changes) => changes,
            // Only a bug in the scanner ends it; the sources stay as they are then.
            None => std::future::pending().await,
        }
    }
}
