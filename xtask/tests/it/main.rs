//! The whole system as people start it, `cargo xtask up`, with real processes.

mod kills;
mod reruns;
mod rows;
mod system;
