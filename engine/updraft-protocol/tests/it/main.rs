//! The wire: shapes, round trips and garbage.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod frames;
mod manifests;
mod messages;
mod python;
mod schema;
