//! Variables and Connections. Their values are secrets until somebody says otherwise: they are never logged.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Asks for a Variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetVariable {
    /// Its name.
    pub key: String,
}

/// A Variable.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariableResult {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: Option<String>,
}

impl std::fmt::Debug for VariableResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VariableResult")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Writes a Variable.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutVariable {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

impl std::fmt::Debug for PutVariable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PutVariable")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Deletes a Variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteVariable {
    /// Its name.
    pub key: String,
}

/// Asks for the names of Variables, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetVariableKeys {
    /// Only names that begin with this.
    #[serde(default)]
    pub prefix: Option<String>,
    /// At most so many.
    #[serde(default = "keys_max")]
    pub limit: u32,
    /// Without the first so many.
    #[serde(default)]
    pub offset: u32,
}

/// Airflow's default.
const fn keys_max() -> u32 {
    1000
}

/// Names of Variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariableKeysResult {
    /// The names.
    pub keys: Vec<String>,
    /// How many there are in all.
    pub total_entries: u64,
}

/// Asks for a Connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetConnection {
    /// Its name.
    pub conn_id: String,
}

/// A Connection: how to reach another system.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionResult {
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
    /// Further settings, JSON text by convention.
    pub extra: Option<String>,
}

impl std::fmt::Debug for ConnectionResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionResult")
            .field("conn_id", &self.conn_id)
            .field("conn_type", &self.conn_type)
            .finish_non_exhaustive()
    }
}

/// Names a value that must not appear in logs.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct MaskSecret {
    /// The value; every text inside is masked.
    pub value: Value,
    /// What it is called; only a name that sounds secret masks, if one is given.
    #[serde(default)]
    pub name: Option<String>,
}

impl std::fmt::Debug for MaskSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MaskSecret")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
