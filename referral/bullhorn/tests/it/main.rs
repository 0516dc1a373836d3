//! Tests of the client against a scripted Bullhorn.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod entities;
mod events;
mod faults;
mod login;
mod paging;
mod reads;
mod redaction;
mod session;
mod support;
mod throttling;
