//! The Python of an installation: the `airflow` package that is shipped in the binary, and the [`Environment`] in which DAG
//! files in Python are read and their tasks run.
//!
//! Everything here waits for the disk and for other programs: asynchronous callers give it a thread.

mod commands;
mod environment;
mod error;
mod package;
mod providers;

pub use environment::{Environment, Installed};
pub use error::EnvironmentError;
