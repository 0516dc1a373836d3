//! What answers: the parts that all endpoints share.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use updraft_auth::{Attempts, AttemptsRule, Passwords, TokenKey};
use updraft_model::{Clock, TaskKey};
use updraft_store::Store;

use crate::live::Live;
use crate::login::Remembered;
use crate::options::WebOptions;

/// What tells why a task does not run, or what ended it, in words; the error is one for the log.
pub type Explain = Arc<dyn Fn(TaskKey) -> BoxFuture<'static, Result<Vec<String>, String>> + Send + Sync>;

/// What an [`Api`] is made of.
pub struct ApiParts {
    /// The database.
    pub store: Store,
    /// What verifies passwords.
    pub passwords: Passwords,
    /// What signs tokens.
    pub token_key: TokenKey,
    /// How long a token counts. Airflow's `[api_auth] jwt_expiration_time`, 24 hours.
    pub token_lifetime: SignedDuration,
    /// What tells why a task does not run.
    pub explain: Explain,
    /// What is configured of the web interface.
    pub web: WebOptions,
    /// The version that people are told.
    pub version: &'static str,
}

/// What answers. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Shared>);

/// What all clones of an [`Api`] share.
struct Shared {
    parts: ApiParts,
    clock: Arc<dyn Clock>,
    /// How often somebody at an address may still be wrong.
    attempts: Attempts,
    remembered: Remembered,
    live: Live,
}

/// Ten wrong passwords at once from one address, then one every six seconds.
const ATTEMPTS: AttemptsRule = AttemptsRule {
    burst: 10,
    every: Duration::from_secs(6),
};

impl std::fmt::Debug for Api {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Api").field(&self.0.parts.store).finish()
    }
}

impl Api {
    /// Puts the parts together.
    pub fn new(parts: ApiParts, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared {
            parts,
            clock,
            attempts: Attempts::new(ATTEMPTS),
            remembered: Remembered::default(),
            live: Live::default(),
        }))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.parts.store
    }

    pub(crate) fn parts(&self) -> &ApiParts {
        &self.0.parts
    }

    pub(crate) fn web(&self) -> &WebOptions {
        &self.0.parts.web
    }

    /// Why a task does not run.
    pub(crate) async fn explain(&self, key: TaskKey) -> Result<Vec<String>, String> {
        (self.0.parts.explain)(key).await
    }

    pub(crate) fn live(&self) -> &Live {
        &self.0.live
    }

    pub(crate) fn attempts(&self) -> &Attempts {
        &self.0.attempts
    }

    pub(crate) fn remembered(&self) -> &Remembered {
        &self.0.remembered
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}
