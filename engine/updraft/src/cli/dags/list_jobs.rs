//! `dags list-jobs`: what ran, the newest first. In Airflow each attempt of a task is a job of its own.

use std::collections::BTreeSet;

use anyhow::Result;
use updraft_model::{DagId, TaskInstanceState};
use updraft_store::{TaskOrder, TaskPage};

use crate::cli::app::{App, date_or_empty};
use crate::cli::args::DagsListJobsArgs;
use crate::cli::output::Rows;
use crate::row;

/// Prints the newest attempts of tasks, with Airflow's columns.
pub(super) async fn run(args: DagsListJobsArgs, app: &App) -> Result<()> {
    let dags: Option<BTreeSet<DagId>> = match &args.dag_id {
        Some(dag_id) => Some(BTreeSet::from([app.dag(dag_id).await?.dag_id])),
        None => None,
    };
    let states: BTreeSet<Option<TaskInstanceState>> = match &args.state {
        Some(state) => BTreeSet::from([Some(state.parse()?)]),
        None => [
            TaskInstanceState::Running,
            TaskInstanceState::Restarting,
            TaskInstanceState::Success,
            TaskInstanceState::Failed,
        ]
        .into_iter()
        .map(Some)
        .collect(),
    };
    let page = TaskPage {
        dags,
        states: Some(states),
        order: TaskOrder::Start,
        is_descending: true,
        limit: args.limit,
        ..TaskPage::default()
    };
    let mut rows = Rows::default();
    for task in app.store.task_page(&page).await?.tasks {
        // What was set to success or failed without having run was no job.
        let Some(start_date) = task.start_date else {
            continue;
        };
        rows.push(row! {
            "dag_id": task.key.dag_id,
            "task_id": task.key.task_id,
            "state": TaskInstanceState::text(task.state),
            "job_type": "LocalTaskJob",
            "start_date": date_or_empty(Some(start_date)),
            "end_date": date_or_empty(task.end_date),
        });
    }
    rows.print(args.output.output)
}
