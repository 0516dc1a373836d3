//! The interface in process, on both databases.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod accounts;
mod assets;
mod audit;
mod backfills;
mod bounds;
mod bulk;
mod connections;
mod dags;
mod documents;
mod engine;
mod event_logs;
mod events;
mod execution;
mod external;
mod health;
mod lists;
mod logs;
mod many;
mod people;
mod plugin_views;
mod pools;
mod provider;
mod runs;
mod security;
mod sessions;
mod site;
mod sources;
mod state_stores;
mod support;
mod system;
mod task_changes;
mod task_instances;
mod tokens;
mod tried;
mod ui;
mod ui_charts;
mod ui_logs;
mod variables;
mod xcoms;
