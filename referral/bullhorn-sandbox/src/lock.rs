//! Locks that stay usable after a panic: what they guard is only ever changed whole.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Locking without a poison error.
pub(crate) trait LockExt<T> {
    /// Locks the mutex.
    fn locked(&self) -> MutexGuard<'_, T>;
}

impl<T> LockExt<T> for Mutex<T> {
    fn locked(&self) -> MutexGuard<'_, T> {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reading and writing without a poison error.
pub(crate) trait SharedExt<T> {
    /// Locks for reading.
    fn reading(&self) -> RwLockReadGuard<'_, T>;
    /// Locks for writing.
    fn writing(&self) -> RwLockWriteGuard<'_, T>;
}

impl<T> SharedExt<T> for RwLock<T> {
    fn reading(&self) -> RwLockReadGuard<'_, T> {
        self.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> RwLockWriteGuard<'_, T> {
        self.write().unwrap_or_else(PoisonError::into_inner)
    }
}
