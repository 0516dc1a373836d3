//! `dags list-runs`.

use anyhow::Result;
use updraft_model::{RunType, isoformat};

use crate::cli::app::{App, date_or_empty};
use crate::cli::args::DagsListRunsArgs;
use crate::cli::dates::DateRange;
use crate::cli::output::Rows;
use crate::row;

/// Prints the runs of a DAG, newest first.
pub(super) async fn run(args: DagsListRunsArgs, app: &App) -> Result<()> {
    let dag = app.dag(&args.dag_id).await?;
    let range = DateRange::between(args.start_date.as_deref(), args.end_date.as_deref())?;
    let mut rows = Rows::default();
    for run in app.runs_between(&dag.dag_id, &range).await? {
        let left_out = args.no_backfill && run.run_type == RunType::Backfill;
        if left_out
            || args
                .state
                .as_deref()
                .is_some_and(|state| run.state.as_str() != state)
        {
            continue;
        }
        rows.push(row! {
            "dag_id": run.key.dag_id,
            "run_id": run.key.run_id,
            "state": run.state.as_str(),
            "execution_date": run.logical_date.map(isoformat),
            "start_date": date_or_empty(run.start_date),
            "end_date": date_or_empty(run.end_date),
        });
    }
    rows.print(args.output.output)
}
