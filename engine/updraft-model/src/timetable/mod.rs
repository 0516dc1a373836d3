//! When a DAG runs.

mod schedule;

pub use schedule::{Schedule, ScheduleKind};
