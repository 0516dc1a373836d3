//! The scheduler as a whole, in a simulated world.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests fail by panicking, and tell what happened"
)]

mod http;
mod inquiries;
mod python;
mod simulation;
mod sql;
