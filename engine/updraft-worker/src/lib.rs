//! Runs one attempt: process, heartbeat, log, timeout and the kill of its process tree.
//!
//! A [`Slot`] runs attempts one after the other, in the process of a bundle that stays warm between them. Per slot
//! there are two processes: a small one, the [`shepherd`], and the bundle program that it starts. Worker and program
//! talk in the frames of `updraft-protocol` over a socket; when the worker's end of it closes, for whatever reason, the
//! shepherd kills everything that came of the program.
//!
//! Programs that can are forked from one that is warm, by way of [`Zygotes`]; such a process watches over what comes of it itself.
//!
//! What an attempt asks of the engine goes through [`TaskApi`].
//!
//! A [`TriggerProcess`] is no attempt: one process that waits for all triggers of Python that deferred tasks wait for.

mod api;
mod attempt;
mod log;
mod options;
mod outcome;
mod output;
mod pauses;
mod process;
pub mod shepherd;
mod slot;
mod tree;
mod triggers;
mod workload;
mod zygote;

pub use api::{ApiError, AttemptEnd, AttemptStart, Heartbeat, TaskApi};
pub use attempt::{ask_engine, outcome_of};
pub use log::{
    IndexEntry, LogError, LogFormat, callback_log_path, index_path, log_path, read_index,
    run_callback_log_path, write_log,
};
pub use options::WorkerOptions;
pub use outcome::{Outcome, ProgramExit};
pub use slot::{AttemptReport, Slot};
pub use triggers::{TriggerLimits, TriggerNews, TriggerOrder, TriggerProcess, TriggersGone};
pub use workload::{KillReason, Workload};
pub use zygote::Zygotes;
