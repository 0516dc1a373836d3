//! HashiCorp Vault, and servers with its API: `VaultBackend` of Airflow.
//!
//! Source: Airflow's provider for HashiCorp 4, `secrets/vault.py`; Vault's API of the KV engines, versions 1 and 2.

mod login;
mod server;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Url;
use serde_json::{Map, Value};
use updraft_secrets::{BackendError, Connection, SecretsBackend};

use crate::http::Verify;
use crate::kwargs::{InvalidKwargs, Kwargs};
use crate::open::{Invalid, Surroundings};
use login::Login;
use server::{Fault, Server, Version};

/// Where Vault is if nobody says.
const URL: &str = "http://localhost:8200";

/// What is asked for to see whether there would be an answer.
const PROBE: &str = "updraft_doctor";

/// A Vault server and the places in it.
pub(crate) struct Vault {
    server: Server,
    /// Where the engine is mounted; `None` if ids begin with that.
    mount: Option<String>,
    /// Where secrets of a kind are below that; `None` if such are not looked up.
    connections: Option<String>,
    variables: Option<String>,
    config: Option<String>,
}

impl Vault {
    pub(crate) const NAME: &'static str = "VaultBackend";

    pub(crate) fn new(kwargs: &mut Kwargs, around: &Surroundings) -> Result<Self, Invalid> {
        let mut base = |name, default| {
            let path = kwargs.place(name, default)?;
            Ok::<_, Invalid>(path.map(|path| path.trim_end_matches('/').to_owned()))
        };
        let connections = base("connections_path", "connections")?;
        let variables = base("variables_path", "variables")?;
        let config = base("config_path", "config")?;
        let mount = base("mount_point", "secret")?.filter(|mount| !mount.is_empty());
        let version = match kwargs.number("kv_engine_version")? {
            Some(1) => Version::One,
            Some(2) | None => Version::Two,
            Some(_) => {
                return Err(InvalidKwargs::Value {
                    name: "kv_engine_version",
                    expected: "1 or 2",
                }
                .into());
            }
        };
        let url = kwargs.text("url")?.or_else(|| around.get("VAULT_ADDR").cloned());
        let url = url.as_deref().unwrap_or(URL).parse().ok();
        let url = url.filter(|url: &Url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or(InvalidKwargs::Value {
            name: "url",
            expected: "the address of the server, such as `https://vault.example:8200`",
        })?;
        let namespace = kwargs.text("namespace")?;
        let namespace = namespace.or_else(|| around.get("VAULT_NAMESPACE").cloned());
        let verify = Verify::take(kwargs, around.get("VAULT_CACERT"))?;
        let timeout = kwargs.number("timeout")?.map(Duration::from_secs);
        let login = Login::take(kwargs, around)?;
        Ok(Self {
            server: Server::new(url, namespace, login, version, (&verify, timeout))?,
            mount,
            connections,
            variables,
            config,
        })
    }

    /// What there is by that name below a base; `None` if there is nothing, or such are not looked up.
    async fn read(
        &self,
        base: Option<&String>,
        name: &str,
    ) -> Result<Option<Map<String, Value>>, BackendError> {
        let Some(base) = base else { return Ok(None) };
        let (mount, name) = match &self.mount {
            Some(mount) => (mount.as_str(), name),
            None => match name.split_once('/') {
                Some(parts) => parts,
                None => return Ok(None),
            },
        };
        let path = format!("{base}/{name}");
        // Nobody gets out of the base by a name, and there is no secret of such a name.
        if path.split('/').any(|part| matches!(part, "." | "..")) {
            return Ok(None);
        }
        let found = match self.server.read(mount, &path).await {
            // A name without a mount point may mean something of another place.
            Err(Fault::NoEngine) if self.mount.is_none() => Ok(None),
            found => found,
        };
        found.map_err(|fault| self.error(fault, mount, &path))
    }

    fn error(&self, fault: Fault, mount: &str, path: &str) -> BackendError {
        let place = self.place(mount, path);
        let backend = Self::NAME;
        match fault {
            Fault::Unavailable(why) => BackendError::Unavailable { backend, place, why },
            Fault::Refused(why) => BackendError::Refused { backend, place, why },
            Fault::Unusable(why) => BackendError::Unusable { backend, place, why },
            Fault::NoEngine => BackendError::Refused {
                backend,
                place,
                why: format!("no secrets engine is mounted at `{mount}`; set `mount_point` to where it is"),
            },
        }
    }

    fn place(&self, mount: &str, path: &str) -> String {
        let path = path.trim_start_matches('/');
        format!("`{mount}/{path}` at {}", self.server.address())
    }

    fn unusable(&self, base: Option<&String>, name: &str, why: String) -> BackendError {
        let mount = self.mount.as_deref().unwrap_or_default();
        let path = format!("{}/{name}", base.map(String::as_str).unwrap_or_default());
        self.error(Fault::Unusable(why), mount, &path)
    }

    /// The field of a secret that holds a variable or an option.
    async fn value(&self, base: Option<&String>, name: &str) -> Result<Option<String>, BackendError> {
        let Some(mut found) = self.read(base, name).await? else {
            return Ok(None);
        };
        match found.remove("value") {
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Ok(Some(other.to_string())),
            None => Err(self.unusable(base, name, "it has no field `value`".to_owned())),
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct(Self::NAME)
            .field("url", &self.server.address())
            .field("mount_point", &self.mount)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretsBackend for Vault {
    async fn connection(&self, conn_id: &str) -> Result<Option<Connection>, BackendError> {
        let base = self.connections.as_ref();
        let Some(found) = self.read(base, conn_id).await? else {
            return Ok(None);
        };
        let text = match found.get("conn_uri") {
            Some(Value::String(uri)) if !uri.is_empty() => uri.clone(),
            _ => Value::Object(found).to_string(),
        };
        let read = text.parse().map(Some);
        read.map_err(|error| self.unusable(base, conn_id, format!("{error}")))
    }

    async fn variable(&self, key: &str) -> Result<Option<String>, BackendError> {
        self.value(self.variables.as_ref(), key).await
    }

    async fn config(&self, key: &str) -> Result<Option<String>, BackendError> {
        self.value(self.config.as_ref(), key).await
    }

    async fn check(&self) -> Result<String, BackendError> {
        let Some(mount) = &self.mount else {
            let known = self.server.know_oneself().await;
            known.map_err(|fault| self.error(fault, "auth", "token/lookup-self"))?;
            return Ok(self.server.address());
        };
        let bases = [&self.connections, &self.variables, &self.config];
        let mut places = Vec::new();
        for base in bases.into_iter().flatten() {
            self.read(Some(base), PROBE).await?;
            places.push(format!("`{mount}/{base}`"));
        }
        Ok(format!("{} at {}", places.join(", "), self.server.address()))
    }
}
