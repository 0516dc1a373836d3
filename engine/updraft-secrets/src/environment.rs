//! Connections and variables that stand in environment variables. They come before those of the database.

use std::collections::BTreeMap;
use std::fmt;

use crate::connection::{Connection, ConnectionError};

const CONNECTION_PREFIX: &str = "AIRFLOW_CONN_";
const VARIABLE_PREFIX: &str = "AIRFLOW_VAR_";

/// The environment variables that hold connections (`AIRFLOW_CONN_ID`) and variables (`AIRFLOW_VAR_KEY`).
///
/// ```
/// use updraft_secrets::Environment;
///
/// let environment = Environment::new([("AIRFLOW_VAR_REGION", "eu"), ("AIRFLOW_CONN_DB", "postgres://h/d"), ("HOME", "/")]);
/// assert_eq!(environment.variable("region"), Some("eu"));
/// assert_eq!(environment.connection("db")?.and_then(|found| found.host).as_deref(), Some("h"));
/// assert_eq!(environment.variable("HOME"), None);
/// # Ok::<(), updraft_secrets::ConnectionError>(())
/// ```
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, String>,
}

impl Environment {
    /// Keeps what concerns connections and variables of the given environment, of the process or of a test.
    pub fn new<N: Into<String>, V: Into<String>>(environment: impl IntoIterator<Item = (N, V)>) -> Self {
        let values = environment
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(name, _)| name.starts_with(CONNECTION_PREFIX) || name.starts_with(VARIABLE_PREFIX))
            .collect();
        Self { values }
    }

    /// The connection of that id; the name of its environment variable is in capitals. `None` if there is none or it is
    /// empty.
    ///
    /// # Errors
    /// [`ConnectionError`] if the value describes no connection.
    pub fn connection(&self, conn_id: &str) -> Result<Option<Connection>, ConnectionError> {
        let value = self
            .values
            .get(&format!("{CONNECTION_PREFIX}{}", conn_id.to_uppercase()));
        value
            .filter(|value| !value.trim().is_empty())
            .map(|value| value.parse())
            .transpose()
    }

    /// The variable of that key; the name of its environment variable is in capitals.
    pub fn variable(&self, key: &str) -> Option<&str> {
        self.values
            .get(&format!("{VARIABLE_PREFIX}{}", key.to_uppercase()))
            .map(String::as_str)
    }

    /// The ids of the connections, in small letters, in order.
    pub fn connection_ids(&self) -> Vec<String> {
        self.names(CONNECTION_PREFIX)
    }

    /// The keys of the variables, in small letters, in order.
    pub fn variable_keys(&self) -> Vec<String> {
        self.names(VARIABLE_PREFIX)
    }

    fn names(&self, prefix: &str) -> Vec<String> {
        self.values
            .keys()
            .filter_map(|name| name.strip_prefix(prefix))
            .map(str::to_lowercase)
            .collect()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.values.keys()).finish()
    }
}
