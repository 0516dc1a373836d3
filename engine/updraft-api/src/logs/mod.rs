//! Logs of attempts, read where the engine wrote them.
//!
//! Which file it is follows from the row of the attempt alone ([`AttemptLog`]). Files are read in pieces on threads for blocking work, and never
//! as a whole; what is known of one, an index of its lines and levels, is kept for the next call ([`Indexes`]).

mod attempt;
mod file;
mod indexes;
mod lines;
mod search;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::failure::Failure;

pub(crate) use attempt::AttemptLog;
pub(crate) use file::LogFile;
pub(crate) use indexes::Indexes;
pub(crate) use lines::{LogLine, read_lines};
pub(crate) use search::{Pattern, Search, search};

/// So many searches read at once; others wait.
const SEARCHES_MAX: usize = 4;

/// The logs of this installation.
#[derive(Debug)]
pub(crate) struct Logs {
    folder: PathBuf,
    indexes: Arc<Indexes>,
    searches: Arc<Semaphore>,
}

impl Logs {
    /// The logs of a folder.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            indexes: Arc::new(Indexes::default()),
            searches: Arc::new(Semaphore::new(SEARCHES_MAX)),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn indexes(&self) -> Arc<Indexes> {
        Arc::clone(&self.indexes)
    }

    pub(crate) fn searches(&self) -> Arc<Semaphore> {
        Arc::clone(&self.searches)
    }
}

/// Does something that blocks on a thread for that.
///
/// # Errors
/// That of the work; or it panicked.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::Internal(error.into()))?
}
