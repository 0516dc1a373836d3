//! `tasks states-for-dag-run`.

use anyhow::Result;
use updraft_model::isoformat;

use crate::cli::app::date_or_empty;
use crate::cli::args::StatesForDagRunArgs;
use crate::cli::installation::{self, Installation};
use crate::cli::output::Rows;
use crate::row;

/// Prints every task instance of a run, in the order of its DAG. `try_number` is ours, after Airflow's columns.
pub(super) async fn run(args: StatesForDagRunArgs, installation: &dyn Installation) -> Result<()> {
    let dag = installation::dag(installation, &args.dag_id).await?;
    let run = installation::run(installation, &dag.dag_id, &args.execution_date_or_run_id).await?;
    let tasks = installation.instances(&run).await?;
    let is_mapped = tasks.iter().any(|task| task.map_index >= 0);
    let mut rows = Rows::default();
    for task in tasks {
        let mut row = row! {
            "dag_id": run.dag_id,
            "execution_date": run.logical_date.map(isoformat),
            "task_id": task.task_id,
            "state": task.state,
            "start_date": date_or_empty(task.start_date),
            "end_date": date_or_empty(task.end_date),
        };
        if is_mapped {
            // Airflow leaves it empty for tasks that are not mapped.
            let shown = if task.map_index < 0 {
                String::new()
            } else {
                task.map_index.to_string()
            };
            row.insert("map_index".to_owned(), shown.into());
        }
        row.insert("try_number".to_owned(), task.try_number.into());
        rows.push(row);
    }
    rows.print(args.output.output)
}
