//! Connections and variables: encryption, lookup order and masking.
//!
//! - [`Fernet`] encrypts what lies in the database, in Airflow's format, so both can read each other's values.
//! - [`Connection`] is one connection, read from a URI or JSON as Airflow reads it, and written back.
//! - [`Secrets`] are the places that are asked before the database: each [`SecretsBackend`], then the [`Environment`], which
//!   answers from `AIRFLOW_CONN_*` and `AIRFLOW_VAR_*`.
//! - [`Masker`] replaces secrets in log lines and documents.
//!
//! Nothing here reads the process's environment or a clock; both are passed in. Nothing here is logged.

mod backend;
mod connection;
mod connection_uri;
mod defaults;
mod environment;
mod fernet;
mod masker;
mod percent;
mod places;
mod python_json;

pub use backend::{BackendError, SecretsBackend};
pub use connection::{Connection, ConnectionError};
pub use defaults::default_connections;
pub use environment::Environment;
pub use fernet::{Fernet, FernetError};
pub use masker::Masker;
pub use percent::unquote;
pub use places::{LookupError, Secrets};
