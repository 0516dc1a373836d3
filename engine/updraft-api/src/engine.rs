//! What the interface asks of the engine beside its database.

use std::fmt::Debug;
use std::path::PathBuf;

use futures::future::BoxFuture;
use updraft_model::TaskKey;
use updraft_store::StoreError;

/// The engine of the installation.
pub trait Engine: Debug + Send + Sync {
    /// Where the log of a try stands on this machine.
    fn log_path(&self, task: &TaskKey, try_number: u32) -> PathBuf;

    /// Everything that keeps a task from running, or the one thing that ended it; empty if it runs. `None` if there is no such task.
    fn why<'a>(&'a self, task: &'a TaskKey) -> BoxFuture<'a, Result<Option<Vec<Reason>>, StoreError>>;
}

/// Something that keeps a task from running, or that ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What kind of thing it is: `max_active_tasks`.
    pub code: &'static str,
    /// The same in words, with names and numbers.
    pub sentence: String,
}
