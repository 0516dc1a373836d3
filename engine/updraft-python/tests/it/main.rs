//! The environment that DAG files run in: how it is made, checked and refused.

#![expect(clippy::unwrap_used, reason = "tests")]

mod environment;
