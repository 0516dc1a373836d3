//! The pure scheduler: snapshot, events and a time in; decisions and a report out. No IO.

mod decision;
mod event;
mod snapshot;
mod wait;

pub use decision::{Decision, FinishReason, Plan, PlanReport, Problem};
pub use event::{ApplyError, AttemptEffect, PlannerEvent};
pub use snapshot::{DagSnapshot, Limits, RunSnapshot, Snapshot, TaskSnapshot};
pub use wait::{WaitCode, WaitReason};
