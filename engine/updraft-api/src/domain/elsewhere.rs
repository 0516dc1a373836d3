//! Calls of the store that run on a thread for blocking work.
//!
//! Their futures hold closures over references, and the compiler cannot see that such a future may move from thread to thread
//! (rust-lang/rust#102211), as futures of answers do. One that is made and polled on a single thread need not move. Each such call
//! waits for a transaction anyhow; a call that is given up is finished there all the same.

use tokio::runtime::Handle;

use crate::failure::Failure;

/// Makes a future on another thread, and waits for what becomes of it.
///
/// # Errors
/// It panicked.
pub(crate) async fn elsewhere<T, E>(
    work: impl AsyncFnOnce() -> Result<T, E> + Send + 'static,
) -> Result<Result<T, E>, Failure>
where
    T: Send + 'static,
    E: Send + 'static,
{
    let runtime = Handle::current();
    let done = tokio::task::spawn_blocking(move || runtime.block_on(work()));
    done.await.map_err(|error| Failure::Internal(error.into()))
}
