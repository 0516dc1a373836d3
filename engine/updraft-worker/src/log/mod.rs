//! Logs of attempts: one file per attempt, and an index of its levels beside it.

mod capture;
mod format;
mod index;
mod writer;

pub use format::LogFormat;
pub use index::{IndexEntry, read_index};
pub use updraft_model::{callback_log_path, index_path, log_path, run_callback_log_path};
pub use writer::{LogError, write_log};

pub(crate) use capture::LineSplitter;
pub(crate) use writer::AttemptLog;
