//! One module per command.

mod quality;
pub(crate) mod report;
pub(crate) mod sandbox;
pub(crate) mod services;
