//! The planner's tests: scenario scripts with golden output, and properties of random histories.

#![expect(clippy::panic, reason = "tests fail by panicking")]

mod coverage;
mod dags;
mod naive;
mod properties;
mod scenarios;
mod script;
mod store;
mod timetables;
mod truth;
mod waits;
mod world;
