//! The recruiting pages over HTTP on a real database.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod access;
mod answers;
mod harness;
