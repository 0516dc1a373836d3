//! Connections: how to reach other systems.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use updraft_protocol::message::ConnectionResult;

use super::RequestError;

/// How to reach another system. `Debug` shows no secrets, and the engine masks them in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its name.
    pub conn_id: String,
    /// The kind of system, e.g. `http` or `postgres`.
    pub conn_type: String,
    /// The machine.
    pub host: Option<String>,
    /// Database name, URL scheme or the like.
    pub schema: Option<String>,
    /// User name.
    pub login: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// TCP port.
    pub port: Option<u16>,
    /// Further settings, JSON by convention.
    pub extra: Option<String>,
}

impl Connection {
    /// A connection from the JSON form of Airflow's `AIRFLOW_CONN_…` variables.
    pub(crate) fn from_json(conn_id: &str, json: &str) -> Result<Self, serde_json::Error> {
        let mut object: Map<String, Value> = serde_json::from_str(json)?;
        object.insert("conn_id".to_owned(), Value::from(conn_id));
        // An object as `extra` is allowed there and means its text.
        if let Some(extra) = object.get_mut("extra").filter(|extra| extra.is_object()) {
            *extra = Value::String(extra.to_string());
        }
        serde_json::from_value::<ConnectionResult>(Value::Object(object)).map(Self::from)
    }

    /// The further settings, read as JSON; `None` if there are none.
    ///
    /// # Errors
    /// They are no JSON of that type.
    pub fn extra_json<T: DeserializeOwned>(&self) -> Result<Option<T>, RequestError> {
        let Some(extra) = self.extra.as_deref().filter(|extra| !extra.trim().is_empty()) else {
            return Ok(None);
        };
        serde_json::from_str(extra)
            .map(Some)
            .map_err(|error| RequestError::WrongType {
                what: format!("`extra` of connection `{}`", self.conn_id),
                reason: error.to_string(),
            })
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("conn_id", &self.conn_id)
            .field("conn_type", &self.conn_type)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

impl From<ConnectionResult> for Connection {
    fn from(result: ConnectionResult) -> Self {
        Self {
            conn_id: result.conn_id,
            conn_type: result.conn_type,
            host: result.host,
            schema: result.schema,
            login: result.login,
            password: result.password,
            port: result.port,
            extra: result.extra,
        }
    }
}

impl From<Connection> for ConnectionResult {
    fn from(connection: Connection) -> Self {
        Self {
            conn_id: connection.conn_id,
            conn_type: connection.conn_type,
            host: connection.host,
            schema: connection.schema,
            login: connection.login,
            password: connection.password,
            port: connection.port,
            extra: connection.extra,
        }
    }
}
