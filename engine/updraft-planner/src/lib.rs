//! The pure scheduler: snapshot, events and a time in; decisions and a report out. No IO.
//!
//! A shell (`updraft-scheduler`) feeds it. [`Planner::new`] takes a [`Snapshot`] of the store. Then, again and again:
//!
//! 1. what attempts report is written by the store, each end with what [`Planner::end_of_attempt`] makes of its task, and
//!    what was accepted goes to [`Planner::apply`], asset events to [`Planner::queue_asset_event`]; what other processes changed goes to [`Planner::replace_dag`] and
//!    [`Planner::replace_run`];
//! 2. [`Planner::plan`] says what follows; the shell commits it in one transaction and only then acts on it;
//! 3. until something happens, or until [`Planner::next_wake`], there is nothing to do.
//!
//! Of DAGs with a timetable of their own the shell has the programs asked for what is [unanswered](Planner::unanswered).
//!
//! [`Planner::why`] says at any time what keeps a task from running, [`why_ended`] what ended it.
//!
//! The meaning of everything is Airflow 2.11's; where something is made better, the place says so.

mod account;
mod assets;
mod attempt;
mod copies;
mod dag;
mod deadlines;
mod decision;
mod deferred;
mod ended;
mod event;
mod lines;
mod mapping;
mod plan;
mod planner;
mod ranges;
mod ready;
mod room;
mod run;
mod settle;
mod snapshot;
mod span;
mod timers;
mod timetables;
mod wait;
mod why;

pub use decision::{AbandonReason, Decision, FinishReason, Plan, PlanReport, Problem};
pub use ended::why_ended;
pub use event::{ApplyError, AttemptEffect, AttemptEnd, PlannerEvent};
pub use mapping::map_lengths;
pub use planner::{Planner, WantsReturned};
pub use snapshot::{
    BackfillSnapshot, DagSnapshot, DeadlineSnapshot, Limits, PastRun, RunSnapshot, Snapshot, TaskSnapshot,
};
pub use wait::{WaitCode, WaitReason};
