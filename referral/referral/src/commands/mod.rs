//! One module per command.

pub(crate) mod measure;
pub(crate) mod pages;
mod quality;
pub(crate) mod report;
pub(crate) mod sandbox;
pub(crate) mod services;
