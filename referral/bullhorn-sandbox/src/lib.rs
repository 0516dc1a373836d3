//! A faithful local Bullhorn with generated data and faults on demand.
//!
//! [`Sandbox`] serves the part of Bullhorn's REST interface that integrations use: login with its codes, tokens and
//! sessions, `/search` with its Lucene traps, `/query`, `/entity`, `/association`, `/massUpdate`, `/meta`, events and the
//! rest. The [`population`] behind it is generated from a seed, up to a million candidates, without ever being held in
//! memory. Where no public source settles how Bullhorn behaves, there is a knob ([`Knobs`]).
//!
//! Under `/admin`, for clients on the same machine only, a test can change records, move the clock, lag the index, kill
//! sessions and set faults.

mod admin;
mod auth;
mod clock;
mod data;
mod endpoints;
mod entities;
mod events;
mod faults;
mod fields;
mod http;
mod listing;
mod lock;
mod mutate;
mod options;
mod pattern;
pub mod population;
mod query;
mod render;
mod sandbox;
mod search;
mod shared;
mod struck;
mod traffic;

pub use clock::TimeSource;
pub use data::StateFileError;
pub use options::{Credentials, Knobs, MalformedQuery, SandboxOptions, SessionErrorKey, TieOrder};
pub use sandbox::{Sandbox, SandboxError};
