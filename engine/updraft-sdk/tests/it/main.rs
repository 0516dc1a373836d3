//! DAGs as they are written, tasks as they are run.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod assets;
mod branches;
mod by_hand;
mod callbacks;
mod compat;
mod dags;
mod mapping;
mod order;
mod sensors;
mod tasks;
mod timetables;
