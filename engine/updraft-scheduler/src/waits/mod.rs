//! Waits of deferred tasks that somebody has to look after, because no time ends them.

mod desk;
mod external;
mod files;
mod http;
mod keeper;
mod lanes;
mod look;
mod notes;
mod probe;
mod python;
mod sql;
mod trigger_api;
mod triggerer;
mod unfinished;

pub use look::Lookout;
pub use probe::try_connection;
pub use python::PythonTriggers;

pub(crate) use trigger_api::ForTriggers;
pub(crate) use triggerer::{EndedWait, Triggerer};
