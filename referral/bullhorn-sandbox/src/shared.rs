//! What all requests share.

use std::sync::{Arc, Mutex, RwLock};

use crate::auth::AuthState;
use crate::clock::Clock;
use crate::data::Store;
use crate::faults::Faults;
use crate::lock::SharedExt;
use crate::options::{Knobs, SandboxOptions};
use crate::traffic::Traffic;

/// The state of a running sandbox.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: SandboxOptions,
    pub(crate) clock: Clock,
    /// Read by every data call; written by writes, event reads and the index catching up.
    pub(crate) store: RwLock<Store>,
    /// Read and written by login and by the check of every token.
    pub(crate) auth: Mutex<AuthState>,
    /// Written by the administrator; read, and counted down, by every call.
    pub(crate) faults: Mutex<Faults>,
    /// Replaced by the administrator; calls take the whole of it once.
    pub(crate) knobs: RwLock<Arc<Knobs>>,
    /// Written by every call.
    pub(crate) traffic: Mutex<Traffic>,
}

impl Shared {
    /// The knobs as they are now.
    pub(crate) fn knobs(&self) -> Arc<Knobs> {
        Arc::clone(&self.knobs.reading())
    }

    /// Lets the index take in what is old enough for it.
    pub(crate) fn let_index_catch_up(&self, now_ms: i64, knobs: &Knobs) {
        let until_ms = now_ms - i64::from(knobs.index_lag_ms);
        let behind = self.store.reading().index_is_behind(until_ms);
        if behind {
            self.store.writing().index_until(until_ms);
        }
    }
}
