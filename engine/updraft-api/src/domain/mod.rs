//! What the interface does, whichever version asks. Nothing here knows of HTTP.

pub(crate) mod chart;
pub(crate) mod connections;
pub(crate) mod dags;
mod elsewhere;
pub(crate) mod event_logs;
pub(crate) mod health;
pub(crate) mod logs;
pub(crate) mod pools;
pub(crate) mod run_wait;
pub(crate) mod runs;
pub(crate) mod search;
pub(crate) mod task_changes;
pub(crate) mod task_instances;
pub(crate) mod tasks;
pub(crate) mod variables;
pub(crate) mod xcoms;
