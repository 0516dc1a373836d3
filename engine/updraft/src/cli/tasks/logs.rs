//! `tasks logs`.

use anyhow::{Result, bail};

use crate::cli::args::TasksLogsArgs;
use crate::cli::closest;
use crate::cli::installation::{self, Installation};

/// Prints the log of a try, the newest one unless told otherwise.
pub(super) async fn run(args: TasksLogsArgs, installation: &dyn Installation) -> Result<()> {
    let (named, wanted) = (&args.instance, args.instance.map_index);
    let dag = installation::dag(installation, &named.dag_id).await?;
    let run = installation::run(installation, &dag.dag_id, &named.execution_date_or_run_id).await?;
    let tasks = installation.instances(&run).await?;
    let of_task: Vec<_> = tasks
        .iter()
        .filter(|task| task.task_id == named.task_id)
        .collect();
    let Some(task) = of_task.iter().find(|task| task.map_index == wanted) else {
        let (task_id, run_id) = (&named.task_id, &run.run_id);
        if of_task.is_empty() {
            let hint = closest::hint(task_id, tasks.iter().map(|task| task.task_id.as_str()));
            bail!("DAG `{}` has no task `{task_id}`{hint}", run.dag_id);
        }
        if wanted < 0 {
            let (length, last) = (of_task.len(), of_task.len() - 1);
            bail!(
                "`{task_id}` is mapped and has {length} copies in run `{run_id}`; name one with --map-index, 0 to {last}"
            );
        }
        bail!("run `{run_id}` has no instance of `{task_id}` with map index {wanted}");
    };
    let try_number = args.try_number.unwrap_or(task.try_number);
    if try_number == 0 {
        let copy = if task.map_index < 0 {
            String::new()
        } else {
            format!("[{}]", task.map_index)
        };
        bail!(
            "`{}{copy}` of run `{}` has not run yet, so there is no log",
            task.task_id,
            run.run_id
        );
    }
    installation.print_log(&run, task, try_number).await
}
