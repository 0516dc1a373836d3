//! What answers attempts that run elsewhere.

use std::sync::Arc;

use jiff::Timestamp;
use updraft_auth::{TaskScope, TaskTokens};
use updraft_executor::RemoteWorkers;
use updraft_model::{Clock, IdSource};
use updraft_store::Store;

/// What answers attempts that run elsewhere. Cheap to clone.
#[derive(Clone)]
pub struct ExecutionApi {
    /// Where their workers are heard.
    pub workers: RemoteWorkers,
    /// What became of attempts that are over.
    pub store: Store,
    /// Who they are.
    pub tokens: TaskTokens,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names of tokens.
    pub ids: Arc<dyn IdSource>,
}

impl ExecutionApi {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new token.
    pub(super) fn sign(&self, subject: &str, scope: TaskScope) -> String {
        let id = self.ids.attempt_id().to_string();
        self.tokens.sign(subject, scope, &id, self.now())
    }
}

impl std::fmt::Debug for ExecutionApi {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ExecutionApi").finish_non_exhaustive()
    }
}
