//! A scripted Bullhorn and its index, a clock that never waits, and a server for broken connections.

pub(crate) mod clock;
pub(crate) mod fake;
pub(crate) mod index;
pub(crate) mod raw;
