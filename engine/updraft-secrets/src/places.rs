//! Where connections and variables are looked for before the database.

use std::sync::Arc;

use crate::backend::{BackendError, SecretsBackend};
use crate::connection::{Connection, ConnectionError};
use crate::environment::Environment;

/// The places that are asked before the database, in Airflow's order: secrets backends, then the environment.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    backends: Vec<Arc<dyn SecretsBackend>>,
    environment: Environment,
}

/// Why a place before the database does not say what it has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// A secrets backend.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The environment variable of a connection describes none. Final.
    #[error("the environment variable of connection `{conn_id}` cannot be read")]
    Environment {
        /// The connection.
        conn_id: String,
        /// Why.
        source: ConnectionError,
    },
}

impl LookupError {
    /// Whether the place may answer later.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Backend(BackendError::Unavailable { .. }) => true,
            Self::Backend(BackendError::Refused { .. } | BackendError::Unusable { .. })
            | Self::Environment { .. } => false,
        }
    }
}

impl Secrets {
    /// Asks these backends in their order, then the environment.
    pub const fn new(backends: Vec<Arc<dyn SecretsBackend>>, environment: Environment) -> Self {
        Self {
            backends,
            environment,
        }
    }

    /// The connection of that id, of the first place that has it.
    ///
    /// # Errors
    /// [`LookupError`]; the places behind the one that fails are not asked, since they may have another.
    pub async fn connection(&self, conn_id: &str) -> Result<Option<Connection>, LookupError> {
        for backend in &self.backends {
            if let Some(found) = backend.connection(conn_id).await? {
                return Ok(Some(found));
            }
        }
        let found = self.environment.connection(conn_id);
        found.map_err(|source| LookupError::Environment {
            conn_id: conn_id.to_owned(),
            source,
        })
    }

    /// The value of the variable of that key, of the first place that has it.
    ///
    /// # Errors
    /// As [`Secrets::connection`].
    pub async fn variable(&self, key: &str) -> Result<Option<String>, LookupError> {
        for backend in &self.backends {
            if let Some(found) = backend.variable(key).await? {
                return Ok(Some(found));
            }
        }
        Ok(self.environment.variable(key).map(str::to_owned))
    }
}

impl From<Environment> for Secrets {
    fn from(environment: Environment) -> Self {
        Self::new(Vec::new(), environment)
    }
}
