//! `tasks states-for-dag-run`.

use anyhow::Result;
use updraft_model::{MapIndex, TaskInstanceState, isoformat};

use crate::cli::app::{App, date_or_empty};
use crate::cli::args::StatesForDagRunArgs;
use crate::cli::output::Rows;
use crate::row;

/// Prints every task instance of a run, in the order of its DAG. `try_number` is ours, after Airflow's columns.
pub(super) async fn run(args: StatesForDagRunArgs, app: &App) -> Result<()> {
    let dag = app.dag(&args.dag_id).await?;
    let run = app.run(&dag, &args.execution_date_or_run_id).await?;
    // What the DAG does not have any more comes last.
    let place = |id: &str| {
        let place = run.spec.tasks.iter().position(|task| task.task_id.as_str() == id);
        place.unwrap_or(usize::MAX)
    };
    let mut tasks = app.store.task_instances(&run.key).await?;
    tasks.sort_by_key(|task| (place(task.key.task_id.as_str()), task.key.map_index));
    let is_mapped = tasks.iter().any(|task| task.key.map_index != MapIndex::UNMAPPED);
    let mut rows = Rows::default();
    for task in tasks {
        let mut row = row! {
            "dag_id": run.key.dag_id,
            "execution_date": run.logical_date.map(isoformat),
            "task_id": task.key.task_id,
            "state": task.state.map(TaskInstanceState::as_str),
            "start_date": date_or_empty(task.start_date),
            "end_date": date_or_empty(task.end_date),
        };
        if is_mapped {
            // Airflow leaves it empty for tasks that are not mapped.
            let map_index = task.key.map_index;
            let shown = if map_index == MapIndex::UNMAPPED {
                String::new()
            } else {
                map_index.to_string()
            };
            row.insert("map_index".to_owned(), shown.into());
        }
        row.insert("try_number".to_owned(), task.try_number.into());
        rows.push(row);
    }
    rows.print(args.output.output)
}
