//! For tests only: a clock and ids under control, and databases made for one test.

pub mod databases;
mod time;

pub use time::{CountingIds, SimulatedClock};
