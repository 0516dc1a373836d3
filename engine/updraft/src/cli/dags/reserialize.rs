//! `dags reserialize`: has the scheduler read every source of DAGs again, though nothing of it has changed.

use std::collections::BTreeSet;

use anyhow::Result;
use updraft_store::DagFilter;

use crate::cli::app::App;
use crate::cli::output;

/// Asks for it; the scheduler does it within moments, or when it starts.
pub(super) async fn run(app: &App) -> Result<()> {
    let dags = app.store.dags(DagFilter::default()).await?;
    let mut sources: BTreeSet<String> = dags.into_iter().map(|dag| dag.source).collect();
    let broken = app.store.import_errors().await?;
    sources.extend(broken.into_iter().map(|error| error.source));
    for source in &sources {
        app.store.request_parse(source, app.now()).await?;
    }
    output::print(&format!("The scheduler reads {} sources again.", sources.len()))
}
