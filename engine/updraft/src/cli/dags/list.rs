//! `dags list`.

use anyhow::Result;
use updraft_store::DagFilter;

use crate::cli::app::App;
use crate::cli::args::DagsListArgs;
use crate::cli::output::Rows;
use crate::row;

/// Prints the DAGs that a source defines.
pub(super) async fn run(args: DagsListArgs, app: &App) -> Result<()> {
    let mut rows = Rows::default();
    for dag in app.store.dags(DagFilter::default()).await? {
        rows.push(row! {
            "dag_id": dag.dag_id,
            "fileloc": app.settings.dags_folder.join(&dag.fileloc).display().to_string(),
            "owners": dag.owners,
            "is_paused": dag.is_paused,
        });
    }
    if let Some(columns) = &args.columns {
        rows.select(columns)?;
    }
    rows.print(args.output.output)?;
    let errors = app.store.import_errors().await?.len();
    if errors > 0 {
        tracing::warn!("{errors} DAG sources cannot be read; `updraft dags list-import-errors` says why");
    }
    for (dag_id, _) in app.store.failing_timetables().await? {
        tracing::warn!(
            "the timetable of dag `{dag_id}` fails, so that it gets no scheduled runs; `updraft dags details {dag_id}` says why"
        );
    }
    Ok(())
}
