//! Real attempts in real processes: the executor, its workers, the shepherd and a bundle program.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod api;
mod bench;
mod endings;
mod executor;
mod killing;
mod logs;
mod remote;
mod requests;
mod workload;
