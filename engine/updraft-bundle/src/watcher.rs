//! Looking again and again.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::{SourceChange, SourceScanner};

/// After how long it is looked again at files that have just changed.
const SETTLING: Duration = Duration::from_millis(100);

/// The first list waits so long for sources that take their time; they are told later.
const FIRST_PATIENCE: Duration = Duration::from_secs(5);

/// Scans the DAGs folder in regular intervals. Dropping it ends that.
#[derive(Debug)]
pub struct SourceWatcher {
    changes: mpsc::Receiver<Vec<SourceChange>>,
    /// Holds the one task that scans.
    _task: JoinSet<()>,
}

impl SourceWatcher {
    /// Begins to scan, at once. Must be called inside a tokio runtime.
    pub fn start(scanner: SourceScanner, every: Duration) -> Self {
        let (sender, changes) = mpsc::channel(1);
        let mut task = JoinSet::new();
        task.spawn(watch(scanner, every, sender));
        Self { changes, _task: task }
    }

    /// Hands on what somebody else finds.
    pub fn of(changes: mpsc::Receiver<Vec<SourceChange>>) -> Self {
        Self {
            changes,
            _task: JoinSet::new(),
        }
    }

    /// Waits for the next changes. The first list is that of the first scan, and may be empty; others are not. Sources that
    /// take long to be parsed come in lists of their own. A call that is dropped loses nothing.
    pub async fn changed(&mut self) -> Vec<SourceChange> {
        match self.changes.recv().await {
            Some(changes) => changes,
            // Only a bug in the scanner ends it; the sources stay as they are then.
            None => std::future::pending().await,
        }
    }
}

async fn watch(mut scanner: SourceScanner, every: Duration, sender: mpsc::Sender<Vec<SourceChange>>) {
    let mut first = scanner.start_scan().await;
    first.extend(scanner.take_until(Instant::now() + FIRST_PATIENCE).await);
    if sender.send(first).await.is_err() {
        return;
    }
    let mut next = Instant::now() + every;
    loop {
        let changes = tokio::select! {
            () = sleep_until(next) => {
                let changes = scanner.start_scan().await;
                let pause = if scanner.is_settling() { every.min(SETTLING) } else { every };
                next = Instant::now() + pause;
                changes
            }
            Some(parsed) = scanner.parsed() => scanner.take(parsed).await,
        };
        if !changes.is_empty() && sender.send(changes).await.is_err() {
            return;
        }
    }
}
