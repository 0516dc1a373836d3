//! Airflow's secrets backends, by their names and settings: HashiCorp Vault, AWS Secrets Manager, the Parameter Store of AWS
//! Systems Manager, and files.
//!
//! - [`open`] makes the [`SecretsBackend`](updraft_secrets::SecretsBackend) that `[secrets] backend` and `backend_kwargs` name.
//! - [`Cached`] remembers for a while what a backend has said.
//! - [`read_file`] reads files with secrets, also for the command line.
//!
//! The environment and the clock are passed in. Nothing here is logged, and no error holds a secret or a token.

mod aws;
mod cached;
mod file;
mod http;
mod kwargs;
mod local;
mod open;
mod vault;

pub use cached::Cached;
pub use file::{FileError, FileFormat, read_file};
pub use http::InvalidClient;
pub use kwargs::InvalidKwargs;
pub use open::{BackendSetting, InvalidBackend, Surroundings, open};
