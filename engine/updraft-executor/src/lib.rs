//! Where attempts run: the local executor and its slots.

mod event;

pub use event::{ExecutorEvent, SubmitError};
