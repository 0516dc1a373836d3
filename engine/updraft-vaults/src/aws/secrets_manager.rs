//! AWS Secrets Manager: `SecretsManagerBackend` of Airflow.
//!
//! Source: Airflow's provider for Amazon 9.39, `secrets/secrets_manager.py`; the API of Secrets Manager, version 2017-10-17.

use std::fmt;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use updraft_secrets::{BackendError, Connection, SecretsBackend};

use super::PROBE;
use super::service::{Kind, Place, Service};
use crate::kwargs::{InvalidKwargs, Kwargs};
use crate::open::{Invalid, Surroundings};

const KIND: Kind = Kind {
    backend: SecretsManager::NAME,
    name: "secretsmanager",
    operation: "secretsmanager.GetSecretValue",
    endpoint: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    // The second is told of names that no secret can have, the third of secrets that are being deleted.
    absent: &[
        "ResourceNotFoundException",
        "InvalidParameterException",
        "InvalidRequestException",
    ],
};

/// The fields of a connection, and the names under which a secret may have them.
const FIELDS: [(&str, &[&str]); 8] = [
    ("login", &["login", "user", "username", "user_name"]),
    ("password", &["password", "pass", "key"]),
    ("host", &["host", "remote_host", "server"]),
    ("port", &["port"]),
    ("schema", &["database", "schema"]),
    (
        "conn_type",
        &["conn_type", "conn_id", "connection_type", "engine"],
    ),
    ("extra", &["extra"]),
    ("description", &["description"]),
];

/// Secrets of a region by their names.
pub(crate) struct SecretsManager {
    service: Service,
    connections: Place,
    variables: Place,
    config: Place,
    separator: String,
    /// More names of fields.
    words: Vec<(String, Vec<String>)>,
    /// `are_secret_values_urlencoded`.
    is_encoded: bool,
}

impl SecretsManager {
    pub(crate) const NAME: &'static str = "SecretsManagerBackend";

    pub(crate) fn new(kwargs: &mut Kwargs, around: &Surroundings) -> Result<Self, Invalid> {
        let separator = kwargs.place("sep", "/")?.unwrap_or_default();
        let mut place =
            |prefix, default, pattern| Place::take(kwargs, (prefix, default), pattern, &separator);
        let connections = place(
            "connections_prefix",
            "airflow/connections",
            "connections_lookup_pattern",
        )?;
        let variables = place(
            "variables_prefix",
            "airflow/variables",
            "variables_lookup_pattern",
        )?;
        let config = place("config_prefix", "airflow/config", "config_lookup_pattern")?;
        // The form of a secret tells what it is; older versions had to be told.
        kwargs.boolean("full_url_mode")?;
        Ok(Self {
            connections,
            variables,
            config,
            separator,
            words: words(kwargs)?,
            is_encoded: kwargs.boolean("are_secret_values_urlencoded")?.unwrap_or(false),
            service: Service::new(KIND, kwargs, around)?,
        })
    }

    /// The name and the text of a secret; `None` if there is none, or such are not looked up.
    async fn get(&self, place: &Place, id: &str) -> Result<Option<(String, String)>, BackendError> {
        match place.prefix_for(id) {
            Some(prefix) => self.ask(self.name(prefix, id)).await,
            None => Ok(None),
        }
    }

    fn name(&self, prefix: &str, id: &str) -> String {
        if prefix.is_empty() {
            id.to_owned()
        } else {
            format!("{prefix}{}{id}", self.separator)
        }
    }

    async fn ask(&self, name: String) -> Result<Option<(String, String)>, BackendError> {
        let Some(answer) = self.service.call(&name, &json!({ "SecretId": name })).await? else {
            return Ok(None);
        };
        match answer["SecretString"].as_str() {
            Some(text) => Ok(Some((name, text.to_owned()))),
            None => Err(self
                .service
                .unusable(&name, "it holds bytes, expected a text".to_owned())),
        }
    }

    /// The fields of a connection, whatever a secret calls them; what is none of them is left out, as that of a database
    /// that AWS itself writes.
    fn fields(&self, secret: &Map<String, Value>) -> Value {
        let mut found = Map::new();
        for (field, words) in FIELDS {
            let more = self.words.iter().filter(|(of, _)| of == field);
            let more: Vec<&str> = more.flat_map(|(_, words)| words).map(String::as_str).collect();
            let is_it = |name: &str| words.contains(&name) || more.contains(&name);
            if let Some((_, value)) = secret.iter().find(|(name, _)| is_it(name)) {
                found.insert(field.to_owned(), self.decoded(value));
            }
        }
        Value::Object(found)
    }

    fn decoded(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if self.is_encoded => Value::from(updraft_secrets::unquote(text)),
            other => other.clone(),
        }
    }
}

/// `extra_conn_words`.
fn words(kwargs: &mut Kwargs) -> Result<Vec<(String, Vec<String>)>, InvalidKwargs> {
    let wrong = || InvalidKwargs::Value {
        name: "extra_conn_words",
        expected: "an object of lists of words, whose names are fields of a connection, such as `{\"user\": [\"owner\"]}`",
    };
    let fields = match kwargs.take("extra_conn_words") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err(wrong()),
    };
    let known = |(field, words): (String, Value)| {
        let field = if field == "user" {
            "login".to_owned()
        } else {
            field
        };
        let is_known = FIELDS.iter().any(|(name, _)| *name == field);
        let words = words.as_array().filter(|_| is_known).ok_or_else(wrong)?;
        let words: Option<Vec<String>> = words
            .iter()
            .map(|word| word.as_str().map(str::to_owned))
            .collect();
        Ok((field, words.ok_or_else(wrong)?))
    };
    fields.into_iter().map(known).collect()
}

impl fmt::Debug for SecretsManager {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct(Self::NAME).finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretsBackend for SecretsManager {
    async fn connection(&self, conn_id: &str) -> Result<Option<Connection>, BackendError> {
        let Some((name, text)) = self.get(&self.connections, conn_id).await? else {
            return Ok(None);
        };
        let text = match serde_json::from_str(&text) {
            Ok(Value::Object(secret)) => self.fields(&secret).to_string(),
            _ => text,
        };
        let read = text.parse().map(Some);
        read.map_err(|error| self.service.unusable(&name, format!("{error}")))
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
                let name = self.name(prefix, PROBE);
                told.push(self.service.place(&self.name(prefix, "*")));
                self.ask(name).await?;
            }
        }
        Ok(told.join(", "))
    }
}
