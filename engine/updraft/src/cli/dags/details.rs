//! `dags details`: what is known of a DAG.

use anyhow::Result;
use serde_json::Value;
use updraft_model::NextRun;
use updraft_store::DagFilter;

use crate::cli::app::App;
use crate::cli::args::DagsDetailsArgs;
use crate::cli::output::Rows;
use crate::cli::timetable;
use crate::row;

/// Prints the properties of a DAG, one per row.
pub(super) async fn run(args: DagsDetailsArgs, app: &App) -> Result<()> {
    let dag = app.dag(&args.dag_id).await?;
    let spec = &dag.spec;
    let date = |at: Option<jiff::Timestamp>| at.map(updraft_model::isoformat);
    let missing = dag.missing_assets().map(|missing| missing.to_string());
    let filter = DagFilter {
        with_inactive: true,
        ..DagFilter::default()
    };
    let rows = app.store.dags(filter).await?;
    let row = rows.into_iter().find(|row| row.dag_id == dag.dag_id);
    let next = row.and_then(|row| row.next_run_after);
    let problem = match dag.told_next() {
        Some(NextRun::Failed { problem, .. }) => Some(timetable::fails(&dag, problem)),
        Some(NextRun::Run(_) | NextRun::None { .. }) | None => None,
    };
    let waiting = spec.schedule.assets().map(|_| dag.asset_queue.len());
    let properties: [(&str, Value); 22] = [
        ("dag_id", dag.dag_id.as_str().into()),
        ("description", spec.description.clone().into()),
        ("schedule", spec.schedule.to_string().into()),
        ("timezone", spec.timezone.clone().into()),
        ("start_date", date(spec.start_date).into()),
        ("end_date", date(spec.end_date).into()),
        ("catchup", spec.catchup.into()),
        ("is_paused", dag.is_paused.into()),
        ("is_active", dag.is_active.into()),
        ("max_active_runs", spec.max_active_runs.into()),
        ("max_active_tasks", spec.max_active_tasks.into()),
        (
            "dagrun_timeout",
            spec.dagrun_timeout.map(|timeout| timeout.as_secs()).into(),
        ),
        ("fail_fast", spec.fail_fast.into()),
        (
            "owners",
            spec.owners().into_iter().collect::<Vec<_>>().join(", ").into(),
        ),
        (
            "tags",
            spec.tags.iter().cloned().collect::<Vec<_>>().join(", ").into(),
        ),
        ("fileloc", spec.fileloc.clone().into()),
        ("source", dag.source.clone().into()),
        ("tasks", spec.tasks.len().into()),
        ("asset_events_waiting", waiting.into()),
        ("waits_for_assets", missing.into()),
        ("next_run_after", date(next).into()),
        ("timetable_problem", problem.into()),
    ];
    let mut rows = Rows::default();
    for (name, value) in properties {
        rows.push(row! { "property_name": name, "property_value": value });
    }
    rows.print(args.output.output)
}
