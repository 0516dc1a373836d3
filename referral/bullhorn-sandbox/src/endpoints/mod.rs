//! One file for each endpoint that is neither login nor search nor query.

pub(crate) mod association;
pub(crate) mod entity;
pub(crate) mod event;
pub(crate) mod file;
pub(crate) mod mass_update;
pub(crate) mod meta;
pub(crate) mod options;
pub(crate) mod resume;
pub(crate) mod settings;
