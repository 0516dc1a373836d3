//! The Parameter Store of AWS Systems Manager: `SystemsManagerParameterStoreBackend` of Airflow.
//!
//! Source: Airflow's provider for Amazon 9.39, `secrets/systems_manager.py`; the API of Systems Manager, version 2014-11-06.

use std::fmt;

use async_trait::async_trait;
use serde_json::json;
use updraft_secrets::{BackendError, Connection, SecretsBackend};

use super::PROBE;
use super::service::{Kind, Place, Service};
use crate::kwargs::Kwargs;
use crate::open::{Invalid, Surroundings};

const KIND: Kind = Kind {
    backend: ParameterStore::NAME,
    name: "ssm",
    operation: "AmazonSSM.GetParameter",
    endpoint: "AWS_ENDPOINT_URL_SSM",
    // The second is told of names that no parameter can have.
    absent: &["ParameterNotFound", "ValidationException"],
};

/// Parameters of a region by their paths.
pub(crate) struct ParameterStore {
    service: Service,
    connections: Place,
    variables: Place,
    config: Place,
}

impl ParameterStore {
    pub(crate) const NAME: &'static str = "SystemsManagerParameterStoreBackend";

    pub(crate) fn new(kwargs: &mut Kwargs, around: &Surroundings) -> Result<Self, Invalid> {
        let mut place = |prefix, default, pattern| Place::take(kwargs, (prefix, default), pattern, "/");
        Ok(Self {
            connections: place(
                "connections_prefix",
                "/airflow/connections",
                "connections_lookup_pattern",
            )?,
            variables: place(
                "variables_prefix",
                "/airflow/variables",
                "variables_lookup_pattern",
            )?,
            config: place("config_prefix", "/airflow/config", "config_lookup_pattern")?,
            service: Service::new(KIND, kwargs, around)?,
        })
    }

    /// The path and the value of a parameter; `None` if there is none, or such are not looked up.
    async fn get(&self, place: &Place, id: &str) -> Result<Option<(String, String)>, BackendError> {
        match place.prefix_for(id) {
            Some(prefix) => self.ask(path(prefix, id)).await,
            None => Ok(None),
        }
    }

    async fn ask(&self, path: String) -> Result<Option<(String, String)>, BackendError> {
        let body = json!({ "Name": path, "WithDecryption": true });
        let Some(answer) = self.service.call(&path, &body).await? else {
            return Ok(None);
        };
        match answer["Parameter"]["Value"].as_str() {
            Some(text) => Ok(Some((path, text.to_owned()))),
            None => Err(self.service.unusable(&path, "it has no value".to_owned())),
        }
    }
}

/// A path begins with `/`.
fn path(prefix: &str, id: &str) -> String {
    match prefix.trim_start_matches('/') {
        "" => format!("/{id}"),
        prefix => format!("/{prefix}/{id}"),
    }
}

impl fmt::Debug for ParameterStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct(Self::NAME).finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretsBackend for ParameterStore {
    async fn connection(&self, conn_id: &str) -> Result<Option<Connection>, BackendError> {
        let Some((path, text)) = self.get(&self.connections, conn_id).await? else {
            return Ok(None);
        };
        let read = text.parse().map(Some);
        read.map_err(|error| self.service.unusable(&path, format!("{error}")))
    }

    async fn variable(&self, key: &str) -> Result<Option<String>, BackendError> {
        Ok(self.get(&self.variables, key).await?.map(|(_, text)| text))
    }

    async fn config(&self, key: &str) -> Result<Option<String>, BackendError> {
        Ok(self.get(&self.config, key).await?.map(|(_, text)| text))
    }

    async fn check(&self) -> Result<String, BackendError> {
        let mut told = Vec::new();
        for place in [&self.connections, &self.variables, &self.config] {
            if let Some(prefix) = &place.prefix {
                told.push(self.service.place(&path(prefix, "*")));
                self.ask(path(prefix, PROBE)).await?;
            }
        }
        Ok(told.join(", "))
    }
}
