//! When a DAG runs: from the schedule it states to the runs that follow from it.

mod compiled;
mod custom;
mod delta;
mod events;
mod interval;
mod schedule;
mod trigger;
mod zone;

pub use compiled::{RunInfo, TimeRestriction, Timetable, TimetableError};
pub use custom::{
    AnswerProblem, AnsweredRun, CustomTimetable, NextRun, TimetableAnswer, TimetableQuestion, ToldRun,
};
pub use schedule::{Schedule, ScheduleKind};
