//! The interface in process, on both databases.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod accounts;
mod assets;
mod backfills;
mod bounds;
mod bulk;
mod connections;
mod dags;
mod documents;
mod event_logs;
mod health;
mod people;
mod permissions;
mod pools;
mod runs;
mod sources;
mod support;
mod system;
mod task_changes;
mod variables;
