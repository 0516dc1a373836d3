//! `[secrets]` and `[workers] secrets_backend`: the places that are asked for secrets before the environment and the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::SignedDuration;
use updraft_secrets::{Environment as SecretsEnvironment, Secrets, SecretsBackend};
use updraft_vaults::{BackendSetting, Cached, Surroundings};

use super::lookup::{ConfigError, Environment, Lookup};
use super::settings::Reader;
use crate::clock::SystemClock;

/// How long answers are remembered if nobody says, in seconds.
const CACHE_SECONDS: f64 = 900.0;

/// The secrets backends that are set.
#[derive(Debug, Clone, Default)]
pub(crate) struct SecretsSettings {
    /// `[secrets] backend`, `backend_kwargs` and `AIRFLOW__SECRETS__BACKEND_KWARG__NAME`.
    pub(crate) backend: BackendSetting,
    /// `[workers] secrets_backend`, `secrets_backend_kwargs` and `AIRFLOW__WORKERS__SECRETS_BACKEND_KWARG__NAME`: asked first for tasks.
    pub(crate) workers: BackendSetting,
    /// `[secrets] cache_ttl_seconds`, if `use_cache` says so: how long answers are remembered while DAG files are read.
    pub(crate) cache: Option<SignedDuration>,
}

/// Where secrets are looked for before the database, by who asks.
pub(crate) struct Places {
    /// The command line and the servers.
    pub(crate) servers: Secrets,
    /// Tasks, and what waits for them.
    pub(crate) tasks: Secrets,
    /// DAG files that are read.
    pub(crate) dag_files: Secrets,
}

type Backend = Option<Arc<dyn SecretsBackend>>;

impl SecretsSettings {
    /// The backends of a configuration.
    ///
    /// # Errors
    /// As [`Lookup::get`].
    pub(super) fn backend_of(lookup: &Lookup) -> Result<BackendSetting, ConfigError> {
        let text = |key| Ok::<_, ConfigError>(lookup.get("secrets", key)?.unwrap_or_default());
        Ok(BackendSetting {
            class: text("backend")?,
            kwargs: text("backend_kwargs")?,
            single: single(lookup.environment(), "AIRFLOW__SECRETS__BACKEND_KWARG__"),
        })
    }

    /// The places, in Airflow's order.
    ///
    /// # Errors
    /// A backend is not known here, or its arguments cannot be used.
    pub(crate) fn open(&self, environment: &Environment) -> Result<Places> {
        let around = surroundings(environment);
        let backend =
            updraft_vaults::open(&self.backend, &around).context("`[secrets] backend` is not usable")?;
        let workers = updraft_vaults::open(&self.workers, &around)
            .context("`[workers] secrets_backend` is not usable")?;
        let cached = backend.clone().map(|backend| -> Arc<dyn SecretsBackend> {
            match self.cache {
                Some(lifetime) => Arc::new(Cached::new(backend, lifetime, Arc::new(SystemClock))),
                None => backend,
            }
        });
        let own = SecretsEnvironment::new(environment.clone());
        let places =
            |backends: [Backend; 2]| Secrets::new(backends.into_iter().flatten().collect(), own.clone());
        Ok(Places {
            servers: places([backend.clone(), None]),
            tasks: places([workers, backend]),
            dag_files: places([cached, None]),
        })
    }

    /// Each backend that is set, with the section and option that names it.
    pub(crate) fn set(&self) -> Vec<(&'static str, &BackendSetting)> {
        let all = [
            ("[secrets] backend", &self.backend),
            ("[workers] secrets_backend", &self.workers),
        ];
        all.into_iter()
            .filter(|(_, setting)| !setting.class.trim().is_empty())
            .collect()
    }
}

impl Reader<'_> {
    pub(super) fn secrets(&self) -> Result<SecretsSettings, ConfigError> {
        let lookup = self.lookup();
        let is_cached = self.boolean("secrets", "use_cache", false)?;
        let seconds = self.seconds("secrets", "cache_ttl_seconds", CACHE_SECONDS)?;
        Ok(SecretsSettings {
            backend: SecretsSettings::backend_of(lookup)?,
            workers: BackendSetting {
                class: self.text("workers", "secrets_backend", "")?,
                kwargs: self.text("workers", "secrets_backend_kwargs", "")?,
                single: single(lookup.environment(), "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARG__"),
            },
            cache: is_cached.then(|| SignedDuration::try_from(seconds).unwrap_or(SignedDuration::MAX)),
        })
    }
}

/// What the secrets backend has under the key that an option or variable names. What says which backend that is cannot be
/// asked for there.
///
/// # Errors
/// There is no backend, it does not answer, or it has nothing there.
pub(super) fn value(
    lookup: &Lookup,
    section: &str,
    (option, key): (String, &str),
) -> Result<String, ConfigError> {
    let key = key.trim();
    if section == "secrets" || section == "workers" {
        return Err(ConfigError::NoSecretsBackend { option });
    }
    let setting = SecretsSettings::backend_of(lookup)?;
    let opened = match updraft_vaults::open(&setting, &surroundings(lookup.environment())) {
        Ok(opened) => opened,
        Err(source) => return Err(ConfigError::InvalidBackend { option, source }),
    };
    let Some(backend) = opened else {
        return Err(ConfigError::NoSecretsBackend { option });
    };
    // Settings are read with and without a runtime around, so this has one of its own.
    let asked = std::thread::scope(|scope| {
        let ask = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            Ok::<_, std::io::Error>(runtime.block_on(backend.config(key)))
        };
        scope.spawn(ask).join().expect("a backend does not panic")
    });
    match asked {
        Ok(Ok(Some(value))) => Ok(value),
        Ok(Ok(None)) => Err(ConfigError::NoSecret {
            option,
            key: key.to_owned(),
        }),
        Ok(Err(source)) => Err(ConfigError::Backend { option, source }),
        Err(source) => Err(ConfigError::Runtime { option, source }),
    }
}

/// What backends find around them.
pub(crate) fn surroundings(environment: &Environment) -> Surroundings {
    Surroundings {
        environment: environment.clone(),
        clock: Arc::new(SystemClock),
    }
}

/// What variables with this beginning set, by what is behind it, in small letters.
fn single(environment: &Environment, prefix: &str) -> BTreeMap<String, String> {
    let found = environment.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix(prefix)?;
        Some((name.to_lowercase(), value.clone()))
    });
    found.collect()
}
