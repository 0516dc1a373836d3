//! What the interface does, whichever version asks. Nothing here knows of HTTP.

pub(crate) mod assets;
pub(crate) mod backfills;
pub(crate) mod configuration;
pub(crate) mod connection_tests;
pub(crate) mod connections;
pub(crate) mod dag_sources;
pub(crate) mod dag_versions;
pub(crate) mod dag_warnings;
pub(crate) mod dags;
pub(crate) mod delete_dag;
mod elsewhere;
pub(crate) mod event_logs;
pub(crate) mod favorites;
pub(crate) mod health;
pub(crate) mod import_errors;
pub(crate) mod installation;
pub(crate) mod jobs;
pub(crate) mod pools;
mod readable;
pub(crate) mod roles;
pub(crate) mod runs;
pub(crate) mod search;
pub(crate) mod task_changes;
pub(crate) mod task_instances;
pub(crate) mod users;
pub(crate) mod variables;
pub(crate) mod xcoms;
