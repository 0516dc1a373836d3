//! For tests only: a clock and ids under control, databases made for one test, a Python, and a Vault server that is played.

pub mod databases;
pub mod python;
mod time;
pub mod vault;

pub use time::{CountingIds, SimulatedClock};
