//! The store on both databases: every test runs on a fresh SQLite file and on a fresh PostgreSQL database.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod accounts;
mod asset_aliases;
mod asset_refs;
mod assets;
mod attempts;
mod backfills;
mod callbacks;
mod changes;
mod choosing;
mod cleaning;
mod clearing;
mod connection_tests;
mod deadlines;
mod deleting;
mod differential;
mod external;
mod history;
mod hitl;
mod inquiries;
mod jobs;
mod leases;
mod mapping;
mod pages;
mod planning;
mod pools;
mod queries;
mod runs;
mod secrets;
mod setup;
mod sources;
mod state_stores;
mod support;
mod task_triggers;
mod timetables;
mod waits;
