//! The imperative shell around the planner.
//!
//! One task, the dispatcher, waits until anything happens, drains all that has happened, writes what attempts reported
//! in one transaction, plans once, commits the decisions in one transaction, and only then tells the executor. Nothing
//! acts inside an event handler, and nothing polls on the hot path.

mod assets;
mod callbacks;
mod convert;
mod crew;
mod dispatcher;
mod error;
mod explain;
mod gateway;
mod inbox;
mod inquiries;
mod ledger;
mod options;
mod pulse;
mod recover;
mod runs;
mod sources;
mod timetables;
mod triggers;
mod turn;
mod values;
mod waits;

pub use assets::asset_event_reference;
pub use crew::{Member, MemberOptions, MemberParts};
pub use dispatcher::{MakeExecutor, Parts, Scheduler};
pub use error::SchedulerError;
pub use explain::{WaitCode, WaitReason, explain, map_lengths};
pub use gateway::connection_result;
pub use inquiries::answer_inquiry;
pub use ledger::{JobLedger, Ledger, Lookups};
pub use options::SchedulerOptions;
pub use pulse::Pulse;
pub use timetables::{AskTimetable, Programs, TimetableOptions};
pub use values::Values;
pub use waits::{Lookout, PythonTriggers, try_connection};
