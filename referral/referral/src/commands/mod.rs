//! One module per command.

pub(crate) mod measure;
mod quality;
pub(crate) mod report;
pub(crate) mod sandbox;
pub(crate) mod services;
