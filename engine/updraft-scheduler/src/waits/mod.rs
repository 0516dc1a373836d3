//! Waits of deferred tasks that somebody has to look after, because no time ends them.

mod desk;
mod external;
mod files;
mod http;
mod lanes;
mod look;
mod notes;
mod sql;
mod triggerer;
mod unfinished;

pub use look::Lookout;

pub(crate) use triggerer::{EndedWait, Triggerer};
