//! For tests only: a clock and ids under control, databases made for one test, and a Python.

pub mod databases;
pub mod python;
mod time;

pub use time::{CountingIds, SimulatedClock};
