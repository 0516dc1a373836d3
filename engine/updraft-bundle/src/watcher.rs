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
    /// Begins to scan, first one interval from now. Must be called inside a tokio runtime.
    ///
    /// The scanner has usually done its first scan already, so that the DAGs are known at the start.
    pub fn start(mut scanner: SourceScanner, every: Duration) -> Self {
        let (sender, changes) = mpsc::channel(1);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut ticks = interval(every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks.tick().await;
            loop {
                ticks.tick().await;
                let changes = scanner.scan().await;
                if !changes.is_empty() && sender.send(changes).await.is_err() {
                    return;
                }
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

    /// Waits for the next changes; never an empty list. A call that is dropped loses nothing.
    pub async fn changed(&mut self) -> Vec<SourceChange> {
        match self.changes.recv().await {
            Some(changes) => changes,
            // Only a bug in the scanner ends it; the sources stay as they are then.
            None => std::future::pending().await,
        }
    }
}
