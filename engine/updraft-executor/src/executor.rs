//! What a scheduler wants of whatever runs its attempts.

use std::time::Duration;

use tokio::sync::mpsc;
use updraft_model::AttemptId;
use updraft_worker::{KillReason, Workload};

use crate::{ExecutorEvent, SubmitError};

/// Where attempts run.
pub trait Executor: Send {
    /// Where the scheduler hears of the end of attempts. It must be read all the time: slots wait for room in it.
    ///
    /// # Panics
    /// When called a second time.
    fn events(&mut self) -> mpsc::Receiver<ExecutorEvent>;

    /// Runs an attempt. Its start and end are told through the task API; after that there is an [`ExecutorEvent`].
    ///
    /// # Errors
    /// All slots are taken, or the executor is stopping. The attempt is not run.
    fn submit(&self, workload: Workload) -> Result<(), SubmitError>;

    /// Has an attempt killed; false if it is not here, for example because it is over.
    fn kill(&self, attempt: AttemptId, reason: KillReason) -> bool;

    /// How many attempts [`submit`](Self::submit) takes right now.
    fn free_slots(&self) -> usize;

    /// How many attempts were taken and are not over.
    fn running(&self) -> usize;

    /// Whether the executor itself notices when this attempt gives no sign of life any more, because what is normal differs here.
    fn watches(&self, _: AttemptId) -> bool {
        false
    }

    /// Begins to stop: takes no more attempts, ends idle processes at once and others when their attempts are over.
    /// Attempts that still run after the grace are killed, with [`KillReason::Shutdown`].
    fn stop(&mut self, grace: Duration);

    /// Whether everything has ended after [`stop`](Self::stop).
    fn is_stopped(&mut self) -> bool;
}
