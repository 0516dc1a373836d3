//! Describing a DAG: its arguments, its tasks and their order.

mod argument;
mod arguments;
mod build;
mod builder;
mod empty_groups;
mod error;
mod events;
mod group;
mod mapping;
mod order;
mod param;
mod task;
mod timetable;

pub use argument::{AssetOrTimeSchedule, DateArgument, ScheduleArgument};
pub use arguments::{Arguments, DefaultArgs, TaskArguments};
pub use build::BuiltDag;
pub use builder::Dag;
pub use error::{DagError, DagErrors};
pub use events::Events;
pub use group::TaskGroup;
pub use mapping::{Argument, IntoArgument, Output};
pub use order::{ChainItems, TaskSet, chain, cross_downstream};
pub use param::{IntoParam, Param};
pub use task::TaskRef;
pub use timetable::{DagRunInfo, Timetable, TimetableArgument, TimetableResult};

pub(crate) use mapping::Fixed;
pub(crate) use timetable::answer;
