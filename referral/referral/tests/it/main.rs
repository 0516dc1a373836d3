//! The program as people and the engine use it: real processes, on ports of their own.

#[cfg(test)]
mod credentials;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod pipeline;
#[cfg(test)]
mod settings;
