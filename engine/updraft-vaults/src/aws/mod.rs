//! Services of AWS that keep secrets: Secrets Manager, and the Parameter Store of Systems Manager.

mod credentials;
mod parameter_store;
mod profile;
mod secrets_manager;
mod service;
mod sign;
mod sts;

pub(crate) use parameter_store::ParameterStore;
pub(crate) use secrets_manager::SecretsManager;

/// What is asked for to see whether there would be an answer.
const PROBE: &str = "updraft_doctor";
