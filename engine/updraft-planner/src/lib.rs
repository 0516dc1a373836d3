//! The pure scheduler: snapshot, events and a time in; decisions and a report out. No IO.

mod dag;
mod decision;
mod event;
mod plan;
mod planner;
mod run;
mod snapshot;
mod timers;
mod wait;
mod why;

pub use decision::{Decision, FinishReason, Plan, PlanReport, Problem};
pub use event::{ApplyError, AttemptEffect, PlannerEvent};
pub use planner::Planner;
pub use snapshot::{DagSnapshot, Limits, PastRun, RunSnapshot, Snapshot, TaskSnapshot};
pub use wait::{WaitCode, WaitReason};
