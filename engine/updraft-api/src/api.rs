//! What answers: the parts that all endpoints share.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::task::TaskTracker;
use updraft_auth::{Attempts, AttemptsRule, Passwords, TokenKey};
use updraft_model::Clock;
use updraft_store::Store;

use crate::domain::configuration::Configuration;
use crate::domain::connection_tests::TryConnection;
use crate::domain::installation::{Installation, Plugins, Provider, Told};
use crate::engine::Engine;
use crate::external::External;
use crate::graphs::Graphs;
use crate::live::Live;
use crate::login::Remembered;
use crate::logs::Logs;
use crate::options::WebOptions;
use crate::plugin_views::Upstream;

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
    /// Where the logs of attempts are.
    pub log_folder: PathBuf,
    /// What is configured of the web interface.
    pub web: WebOptions,
    /// What is set, for people; `None`: it is not shown. Airflow's `[api] expose_config`.
    pub configuration: Option<Configuration>,
    /// Who tries connections; `None`: nobody may have one tried. Airflow's `[core] test_connection`.
    pub connection_trial: Option<Arc<dyn TryConnection>>,
    /// Who knows which plugins and providers are installed.
    pub installation: Arc<dyn Installation>,
    /// The version that people are told.
    pub version: &'static str,
    /// The engine of the installation.
    pub engine: Arc<dyn Engine>,
    /// Who lets people in besides their passwords.
    pub external: External,
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
    logs: Logs,
    graphs: Graphs,
    plugins: Told<Plugins>,
    providers: Told<Vec<Provider>>,
    live: Live,
    upstream: Upstream,
    /// Connections that are being tried; the trials end with the server.
    trials: TaskTracker,
}

/// Ten wrong passwords at once from one address, then one every six seconds.
const ATTEMPTS: AttemptsRule = AttemptsRule {
    burst: 10,
    every: Duration::from_secs(6),
};

impl std::fmt::Debug for ApiParts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ApiParts").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Api").finish_non_exhaustive()
    }
}

impl Api {
    /// Puts the parts together.
    pub fn new(parts: ApiParts, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared {
            logs: Logs::new(parts.log_folder.clone()),
            graphs: Graphs::default(),
            parts,
            clock,
            attempts: Attempts::new(ATTEMPTS),
            remembered: Remembered::default(),
            plugins: Told::default(),
            providers: Told::default(),
            live: Live::default(),
            upstream: Upstream::default(),
            trials: TaskTracker::new(),
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

    pub(crate) fn live(&self) -> &Live {
        &self.0.live
    }

    pub(crate) fn upstream(&self) -> &Upstream {
        &self.0.upstream
    }

    pub(crate) fn trials(&self) -> &TaskTracker {
        &self.0.trials
    }

    pub(crate) fn attempts(&self) -> &Attempts {
        &self.0.attempts
    }

    pub(crate) fn remembered(&self) -> &Remembered {
        &self.0.remembered
    }

    pub(crate) fn logs(&self) -> &Logs {
        &self.0.logs
    }

    pub(crate) fn graphs(&self) -> &Graphs {
        &self.0.graphs
    }

    pub(crate) fn plugins(&self) -> &Told<Plugins> {
        &self.0.plugins
    }

    pub(crate) fn providers(&self) -> &Told<Vec<Provider>> {
        &self.0.providers
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}
