//! The threads that compute: a fixed number, shared by everything that is heavy.

use std::num::NonZeroUsize;
use std::sync::Arc;

use futures::channel::oneshot;
use futures::future::BoxFuture;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// A fixed number of threads. Clones share them.
#[derive(Debug, Clone)]
pub struct Workers {
    pool: Arc<ThreadPool>,
}

/// The threads could not be started. Final, unless the system's limit on threads is raised.
#[derive(Debug, thiserror::Error)]
#[error("{threads} computing threads could not be started")]
pub struct WorkersError {
    /// How many were asked for.
    pub threads: NonZeroUsize,
    /// What went wrong.
    #[source]
    pub source: rayon::ThreadPoolBuildError,
}

impl Workers {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system refuses them.
    pub fn start(threads: NonZeroUsize) -> Result<Self, WorkersError> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .thread_name(|index| format!("compute-{index}"))
            .build()
            .map_err(|source| WorkersError { threads, source })?;
        Ok(Self { pool: Arc::new(pool) })
    }

    /// How many threads there are.
    pub fn count(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Runs `work` on the threads and blocks the caller until it has ended. Parallel iterators inside it use them too.
    pub fn block_on<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }

    /// Runs `work` on the threads without blocking anybody. `None` when it panicked. Dropping the future does not stop the
    /// work, only its result is lost.
    pub fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'static, Option<R>> {
        let (sender, receiver) = oneshot::channel();
        let caught = std::panic::AssertUnwindSafe(move || {
            // Nobody waits any more when the caller gave up: then the result is dropped.
            let _ = sender.send(work());
        });
        self.pool.spawn(move || {
            // The panic itself was reported when it happened; here it ends, so that the thread lives on.
            let _ = std::panic::catch_unwind(caught);
        });
        Box::pin(async { receiver.await.ok() })
    }
}
