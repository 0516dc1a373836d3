//! `dags report`: what each source of DAGs holds.

use std::collections::BTreeMap;

use anyhow::Result;
use updraft_model::isoformat;
use updraft_store::{DagFilter, DagRow};

use crate::cli::app::App;
use crate::cli::args::DagsReportArgs;
use crate::cli::output::Rows;
use crate::row;

/// Prints a row per source. How long reading took is in the scheduler's log; here is when that was.
pub(super) async fn run(args: DagsReportArgs, app: &App) -> Result<()> {
    let dags = app.store.dags(DagFilter::default()).await?;
    let specs = app.store.descriptions(dags.iter().map(|dag| dag.version)).await?;
    let mut sources: BTreeMap<&str, Vec<&DagRow>> = BTreeMap::new();
    for dag in &dags {
        sources.entry(&dag.source).or_default().push(dag);
    }
    let mut rows = Rows::default();
    for (source, dags) in sources {
        let tasks = |dag: &&DagRow| specs.get(&dag.version).map_or(0, |spec| spec.tasks.len());
        let parsed_at = dags.iter().map(|dag| dag.parsed_at).max();
        rows.push(row! {
            "file": source,
            "parsed_at": parsed_at.map(isoformat),
            "dag_num": dags.len(),
            "task_num": dags.iter().map(tasks).sum::<usize>(),
            "dags": dags.iter().map(|dag| &dag.dag_id).collect::<Vec<_>>(),
        });
    }
    rows.print(args.output.output)
}
