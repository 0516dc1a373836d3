//! Ids, states and transitions, DAG graph, trigger rules, timetables and retry policy. No IO.
//!
//! Every other engine crate speaks in these types. Nothing here reads a clock, a file or the environment: the time
//! comes in through [`Clock`], fresh ids through [`IdSource`].

mod clock;
mod dag;
mod ids;
mod run;
mod seconds;
mod state;
mod timetable;
mod trigger_rule;

pub use clock::{Clock, IdSource};
pub use dag::{CompatLevel, DagSpec, TaskGroupSpec, TaskSpec, UnknownCompatLevel, WeightRule};
pub use ids::{
    AttemptId, DagId, DagVersionId, IdError, MapIndex, RunId, RunKey, StructureHash, TaskGroupId, TaskId,
    TaskKey,
};
pub use run::{DataInterval, RunType, UnknownRunType, isoformat};
pub use state::{
    DagRunState, InvalidRunTransition, InvalidTransition, RunEvent, TaskEvent, TaskInstanceState,
    UnknownState, transition, transition_run,
};
pub use timetable::{Schedule, ScheduleKind};
pub use trigger_rule::{TriggerRule, UnknownTriggerRule};
