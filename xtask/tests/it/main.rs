//! The whole system as people start it, `cargo xtask up`, with real processes.

#[cfg(test)]
mod kills;
#[cfg(test)]
mod python;
#[cfg(test)]
mod reruns;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod system;
