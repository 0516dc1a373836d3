//! Backends as the configuration names them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use updraft_secrets::{BackendError, SecretsBackend};
use updraft_testing::SimulatedClock;
use updraft_vaults::{BackendSetting, InvalidBackend, Surroundings, open};

pub(crate) const VAULT: &str = "airflow.providers.hashicorp.secrets.vault.VaultBackend";
pub(crate) const SECRETS_MANAGER: &str =
    "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend";
pub(crate) const PARAMETER_STORE: &str =
    "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend";
pub(crate) const LOCAL_FILES: &str = "airflow.secrets.local_filesystem.LocalFilesystemBackend";

/// The time of these tests.
pub(crate) fn clock() -> Arc<SimulatedClock> {
    Arc::new(SimulatedClock::at("2026-03-01T12:00:00Z".parse().unwrap()))
}

pub(crate) fn around(environment: &[(&str, &str)], clock: Arc<SimulatedClock>) -> Surroundings {
    let pairs = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Surroundings {
        environment: pairs.collect(),
        clock,
    }
}

pub(crate) fn setting(class: &str, kwargs: &Value) -> BackendSetting {
    BackendSetting {
        class: class.to_owned(),
        kwargs: kwargs.to_string(),
        single: BTreeMap::new(),
    }
}

/// The backend with these arguments and nothing in the environment.
pub(crate) fn backend(class: &str, kwargs: &Value) -> Arc<dyn SecretsBackend> {
    open(&setting(class, kwargs), &around(&[], clock()))
        .unwrap()
        .unwrap()
}

/// An error with all its causes.
pub(crate) fn chain(error: &InvalidBackend) -> String {
    let source = std::error::Error::source(error).map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}

pub(crate) fn is_unavailable(error: &BackendError) -> bool {
    matches!(error, BackendError::Unavailable { .. })
}
