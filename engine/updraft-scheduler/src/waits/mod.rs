//! Waits of deferred tasks that somebody has to look after, because no time ends them.

mod desk;
mod external;
mod files;
mod look;
mod triggerer;

pub use look::Lookout;

pub(crate) use triggerer::{EndedWait, Triggerer};
