//! The backend that the configuration names.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use updraft_model::Clock;
use updraft_secrets::SecretsBackend;

use crate::aws::{ParameterStore, SecretsManager};
use crate::http::InvalidClient;
use crate::kwargs::{InvalidKwargs, Kwargs};
use crate::local::LocalFiles;
use crate::vault::Vault;

/// The classes that are served, as Airflow names them.
const VAULT: &str = "airflow.providers.hashicorp.secrets.vault.VaultBackend";
const SECRETS_MANAGER: &str = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend";
const PARAMETER_STORE: &str =
    "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend";
const LOCAL_FILES: &str = "airflow.secrets.local_filesystem.LocalFilesystemBackend";

/// Classes of places that are asked in any case.
const OURS: [&str; 2] = [
    "airflow.secrets.environment_variables.EnvironmentVariablesBackend",
    "airflow.secrets.metastore.MetastoreBackend",
];

/// What the configuration says of a backend.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BackendSetting {
    /// `backend`: the class, as Airflow names it. Empty if there is none.
    pub class: String,
    /// `backend_kwargs`: a JSON object, or empty. Secret.
    pub kwargs: String,
    /// Arguments that have an option of their own (`backend_kwarg__NAME`); they come before those of the object. Secret.
    pub single: BTreeMap<String, String>,
}

impl std::fmt::Debug for BackendSetting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("BackendSetting")
            .field("class", &self.class)
            .finish_non_exhaustive()
    }
}

impl BackendSetting {
    /// All arguments by name.
    ///
    /// # Errors
    /// `backend_kwargs` is no JSON object.
    pub fn arguments(&self) -> Result<Map<String, Value>, InvalidBackend> {
        let mut found = match self.kwargs.trim() {
            "" => Map::new(),
            text => serde_json::from_str(text).map_err(|error| InvalidBackend::NoObject {
                line: error.line(),
                column: error.column(),
            })?,
        };
        let single = self.single.iter();
        found.extend(single.map(|(name, value)| (name.clone(), Value::from(value.as_str()))));
        Ok(found)
    }
}

/// What a backend finds around it.
#[derive(Clone)]
pub struct Surroundings {
    /// The environment of the process: `VAULT_*`, `AWS_*` and `HOME` of it count.
    pub environment: BTreeMap<String, String>,
    /// The time, for signatures and for what expires.
    pub clock: Arc<dyn Clock>,
}

impl Surroundings {
    /// An environment variable that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&String> {
        self.environment.get(name).filter(|value| !value.is_empty())
    }
}

/// Why there is no such backend.
#[derive(Debug, thiserror::Error)]
pub enum InvalidBackend {
    /// Nothing here is such a class.
    #[error(
        "there is no secrets backend `{class}` here; there are `{VAULT}`, `{SECRETS_MANAGER}`, `{PARAMETER_STORE}` and `{LOCAL_FILES}`"
    )]
    UnknownClass {
        /// Its name.
        class: String,
    },
    /// The arguments are no JSON object. They are not shown: they may hold a token.
    #[error("the arguments are no JSON object, at line {line}, column {column}")]
    NoObject {
        /// Line of the mistake, from 1.
        line: usize,
        /// Column of the mistake, from 1.
        column: usize,
    },
    /// Arguments are missing, wrong or not known.
    #[error("the arguments of {backend} cannot be used")]
    Kwargs {
        /// The backend.
        backend: &'static str,
        /// Which, and what would be right.
        source: InvalidKwargs,
    },
    /// No client can be made.
    #[error("{backend} cannot be asked")]
    Client {
        /// The backend.
        backend: &'static str,
        /// Why.
        source: InvalidClient,
    },
}

/// Why the parts of a backend cannot be made; [`open`] adds of which.
pub(crate) enum Invalid {
    Kwargs(InvalidKwargs),
    Client(InvalidClient),
}

impl From<InvalidKwargs> for Invalid {
    fn from(source: InvalidKwargs) -> Self {
        Self::Kwargs(source)
    }
}

impl From<InvalidClient> for Invalid {
    fn from(source: InvalidClient) -> Self {
        Self::Client(source)
    }
}

/// The backend that is set, if one is. Nobody is asked anything yet.
///
/// # Errors
/// [`InvalidBackend`].
pub fn open(
    setting: &BackendSetting,
    around: &Surroundings,
) -> Result<Option<Arc<dyn SecretsBackend>>, InvalidBackend> {
    let class = setting.class.trim();
    if class.is_empty() || OURS.contains(&class) {
        return Ok(None);
    }
    let mut kwargs = Kwargs::new(setting.arguments()?);
    let (backend, made): (&'static str, Result<Arc<dyn SecretsBackend>, Invalid>) = match class {
        VAULT => (Vault::NAME, shared(Vault::new(&mut kwargs, around))),
        SECRETS_MANAGER => (
            SecretsManager::NAME,
            shared(SecretsManager::new(&mut kwargs, around)),
        ),
        PARAMETER_STORE => (
            ParameterStore::NAME,
            shared(ParameterStore::new(&mut kwargs, around)),
        ),
        LOCAL_FILES => (LocalFiles::NAME, shared(LocalFiles::new(&mut kwargs))),
        unknown => {
            return Err(InvalidBackend::UnknownClass {
                class: unknown.to_owned(),
            });
        }
    };
    let invalid = |source| InvalidBackend::Kwargs { backend, source };
    let made = made.map_err(|problem| match problem {
        Invalid::Kwargs(source) => invalid(source),
        Invalid::Client(source) => InvalidBackend::Client { backend, source },
    })?;
    kwargs.finish().map_err(invalid)?;
    Ok(Some(made))
}

fn shared<B: SecretsBackend + 'static>(made: Result<B, Invalid>) -> Result<Arc<dyn SecretsBackend>, Invalid> {
    Ok(Arc::new(made?))
}
