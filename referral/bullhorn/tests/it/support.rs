//! A scripted Bullhorn, a clock that never waits, and a server for broken connections.

pub(crate) mod clock;
pub(crate) mod fake;
pub(crate) mod raw;
