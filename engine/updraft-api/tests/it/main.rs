//! The interface in process, on both databases.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod accounts;
mod bounds;
mod connections;
mod dags;
mod documents;
mod event_logs;
mod events;
mod health;
mod permissions;
mod pools;
mod runs;
mod sessions;
mod site;
mod support;
mod task_changes;
mod ui;
mod variables;
