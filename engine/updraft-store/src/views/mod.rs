//! What the pages of the web interface show, each in a few statements however much there is of it.

mod columns;
mod dag_list;
mod grid;
mod home;
mod live;
mod names;
mod run_browse;
mod runs_of_dags;
mod task_browse;

use updraft_sql::Sql;

pub use dag_list::{DagListCounts, DagListFilter, DagListOrder, DagListState, DagWords};
pub use grid::{GridCell, GridFilter, GridWindow};
pub use home::HourOutcome;
pub use live::{LivePicture, LiveTasks};
pub use run_browse::{RunBrowse, RunCursor};
pub use runs_of_dags::{StateCount, TaskCount};
pub use task_browse::{TaskBrowse, TaskCursor};

/// The statements of each file.
pub(crate) static FILES: &[&[&Sql]] = &[
    dag_list::STATEMENTS,
    grid::STATEMENTS,
    home::STATEMENTS,
    live::STATEMENTS,
    names::STATEMENTS,
    run_browse::STATEMENTS,
    runs_of_dags::STATEMENTS,
    task_browse::STATEMENTS,
];
