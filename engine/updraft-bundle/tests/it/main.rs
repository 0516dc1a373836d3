//! A DAGs folder on disk, a real program, and what the scanner makes of them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod asking;
mod errors;
mod folder;
mod scanning;
mod walking;
mod watching;
