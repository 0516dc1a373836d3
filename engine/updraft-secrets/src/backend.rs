//! Places outside of this installation that keep connections and variables: Airflow's secrets backends.

use std::fmt;

use async_trait::async_trait;

use crate::connection::Connection;

/// A place that is asked before the environment and the database, such as a Vault server.
///
/// What is not there is `None`, and the next place is asked. What cannot be told is an error: that a secret is missing is never
/// concluded from silence.
#[async_trait]
pub trait SecretsBackend: fmt::Debug + Send + Sync {
    /// The connection of that id.
    async fn connection(&self, conn_id: &str) -> Result<Option<Connection>, BackendError>;

    /// The value of the variable of that key.
    async fn variable(&self, key: &str) -> Result<Option<String>, BackendError>;

    /// The value that an option of the configuration names by this key: `AIRFLOW__SECTION__KEY_SECRET`.
    async fn config(&self, key: &str) -> Result<Option<String>, BackendError>;

    /// Asks for something in each place where it looks; tells where that was.
    async fn check(&self) -> Result<String, BackendError>;
}

/// Why a backend does not say what it has. Nothing of a secret, and no token, is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// It cannot be reached, or cannot answer at the moment. A retry may help.
    #[error("{backend} gives no answer about {place}: {why}")]
    Unavailable {
        /// The name of its class in Airflow.
        backend: &'static str,
        /// What it was asked for, with the server.
        place: String,
        /// Why, and what to do.
        why: String,
    },
    /// It does not let us in, or not there. Final.
    #[error("{backend} refuses {place}: {why}")]
    Refused {
        /// The name of its class in Airflow.
        backend: &'static str,
        /// What it was asked for, with the server.
        place: String,
        /// Why, and what to do.
        why: String,
    },
    /// What it has there is no connection or no variable. Final.
    #[error("what {backend} has as {place} cannot be used: {why}")]
    Unusable {
        /// The name of its class in Airflow.
        backend: &'static str,
        /// What it was asked for, with the server.
        place: String,
        /// Why, and what would be right.
        why: String,
    },
}
