//! `dags next-execution`.

use anyhow::Result;
use updraft_model::isoformat;

use crate::cli::app::App;
use crate::cli::args::DagsNextExecutionArgs;
use crate::cli::{output, timetable};

/// Prints the logical dates of the next scheduled runs, and `None` where there are no more.
///
/// Source: `airflow/cli/commands/dag_command.py` of Airflow 2.11.
pub(super) async fn run(args: DagsNextExecutionArgs, app: &App) -> Result<()> {
    let dag = app.dag(&args.dag_id).await?;
    if dag.is_paused {
        tracing::warn!("the DAG `{}` is paused now", dag.dag_id);
    }
    let found = timetable::next_intervals(&dag, args.num_executions, app).await?;
    for interval in &found {
        output::print(&isoformat(interval.start))?;
    }
    for _ in found.len()..args.num_executions as usize {
        tracing::warn!(
            "no following schedule can be found; the DAG has the schedule `{}`",
            dag.spec.schedule
        );
        output::print("None")?;
    }
    Ok(())
}
