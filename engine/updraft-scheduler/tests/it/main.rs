//! The scheduler as a whole, in a simulated world.

#![expect(clippy::panic, reason = "tests fail by panicking")]

mod simulation;
