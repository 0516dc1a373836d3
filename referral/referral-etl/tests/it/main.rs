//! The sync and its service against the sandbox.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod faults;
mod full;
mod harness;
mod incremental;
mod kills;
mod reconcile;
mod service;
