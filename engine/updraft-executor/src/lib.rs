//! Where attempts run: the local executor and its slots, and workers elsewhere.
//!
//! [`LocalExecutor`] runs attempts in processes of this machine, as many at once as it has slots. The scheduler hands
//! an attempt over with [`Executor::submit`] and hears through [`ExecutorEvent`]s when a slot is free again; how an
//! attempt ended is told to the engine before that, through the task API.
//!
//! [`RemoteExecutor`] hands attempts to workers that ask for them, and [`RemoteWorkers`] is where these are heard.

mod event;
mod executor;
mod local;
mod remote;
mod slots;

pub use event::{ExecutorEvent, SubmitError};
pub use executor::Executor;
pub use local::{ExecutorOptions, LocalExecutor};
pub use remote::{BeatRefusal, RemoteAttempt, RemoteExecutor, RemoteOptions, RemoteWorkers};
