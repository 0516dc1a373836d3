//! Files as a secrets backend: `LocalFilesystemBackend` of Airflow. They are read at each look-up, so a change counts at once.

use std::fmt;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde_json::{Map, Value};
use updraft_secrets::{BackendError, Connection, SecretsBackend};

use crate::file::read_file;
use crate::kwargs::Kwargs;
use crate::open::Invalid;

/// Files with connections and variables by their names.
#[derive(Debug)]
pub(crate) struct LocalFiles {
    connections: Option<PathBuf>,
    variables: Option<PathBuf>,
}

impl LocalFiles {
    pub(crate) const NAME: &'static str = "LocalFilesystemBackend";

    pub(crate) fn new(kwargs: &mut Kwargs) -> Result<Self, Invalid> {
        let mut path = |name| Ok::<_, Invalid>(kwargs.text(name)?.map(PathBuf::from));
        Ok(Self {
            connections: path("connections_file_path")?,
            variables: path("variables_file_path")?,
        })
    }

    fn find(path: Option<&Path>, name: &str) -> Result<Option<Value>, BackendError> {
        let Some(path) = path else { return Ok(None) };
        let found = Self::read(path)?.remove(name);
        // Airflow takes a list of one for the one.
        Ok(found.map(|value| match value {
            Value::Array(mut values) if values.len() == 1 => values.remove(0),
            other => other,
        }))
    }

    fn read(path: &Path) -> Result<Map<String, Value>, BackendError> {
        read_file(path).map_err(|error| {
            let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
            unusable(path, format!("{error}{}", source.unwrap_or_default()))
        })
    }
}

fn unusable(path: &Path, why: impl fmt::Display) -> BackendError {
    BackendError::Unusable {
        backend: LocalFiles::NAME,
        place: format!("`{}`", path.display()),
        why: why.to_string(),
    }
}

#[async_trait]
impl SecretsBackend for LocalFiles {
    async fn connection(&self, conn_id: &str) -> Result<Option<Connection>, BackendError> {
        let Some(value) = Self::find(self.connections.as_deref(), conn_id)? else {
            return Ok(None);
        };
        let text = match value {
            Value::String(text) => text,
            Value::Object(mut fields) => {
                if let Some(extra) = fields.remove("extra_dejson") {
                    fields.entry("extra").or_insert(extra);
                }
                // The id is written into the fields too, by some.
                fields.remove("conn_id");
                Value::Object(fields).to_string()
            }
            other => other.to_string(),
        };
        let path = self.connections.as_deref().unwrap_or(Path::new(""));
        let read = text.parse().map(Some);
        read.map_err(|error| unusable(path, format!("connection `{conn_id}`: {error}")))
    }

    async fn variable(&self, key: &str) -> Result<Option<String>, BackendError> {
        let found = Self::find(self.variables.as_deref(), key)?;
        Ok(found.map(|value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        }))
    }

    async fn config(&self, _: &str) -> Result<Option<String>, BackendError> {
        Ok(None)
    }

    async fn check(&self) -> Result<String, BackendError> {
        let mut told = Vec::new();
        for path in [&self.connections, &self.variables].into_iter().flatten() {
            told.push(format!("{} in `{}`", Self::read(path)?.len(), path.display()));
        }
        Ok(told.join(", "))
    }
}
