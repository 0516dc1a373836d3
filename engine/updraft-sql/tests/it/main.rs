//! Everything of this crate against real databases.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod databases;
mod guest;
mod migrations;
