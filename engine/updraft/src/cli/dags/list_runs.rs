//! `dags list-runs`.

use anyhow::Result;
use updraft_model::{RunType, isoformat};

use crate::cli::app::date_or_empty;
use crate::cli::args::DagsListRunsArgs;
use crate::cli::dates::DateRange;
use crate::cli::installation::{self, Installation};
use crate::cli::output::Rows;
use crate::row;

/// Prints the runs of a DAG, newest first.
pub(super) async fn run(args: DagsListRunsArgs, installation: &dyn Installation) -> Result<()> {
    let named = args
        .dag
        .as_ref()
        .or(args.dag_id.as_ref())
        .map_or("", String::as_str);
    let dag = installation::dag(installation, named).await?;
    let range = DateRange::between(args.start_date.as_deref(), args.end_date.as_deref())?;
    let mut rows = Rows::default();
    for run in installation.runs(&dag.dag_id, &range).await? {
        let left_out = args.no_backfill && run.run_type == RunType::Backfill.as_str();
        if left_out || args.state.as_deref().is_some_and(|state| run.state != state) {
            continue;
        }
        rows.push(row! {
            "dag_id": run.dag_id,
            "run_id": run.run_id,
            "state": run.state,
            "execution_date": run.logical_date.map(isoformat),
            "start_date": date_or_empty(run.start_date),
            "end_date": date_or_empty(run.end_date),
        });
    }
    rows.print(args.output.output)
}
