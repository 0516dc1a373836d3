//! The program of a DAG, for commands that start it themselves.

use anyhow::{Result, bail};
use updraft_bundle::SourceChange;
use updraft_protocol::launch::Launch;
use updraft_store::StoredDag;

use super::app::App;
use crate::wiring;

/// The program of the DAG's source, found and parsed now.
///
/// # Errors
/// The source is not there any more, or cannot be read.
pub(crate) async fn launch(dag: &StoredDag, app: &App) -> Result<Launch> {
    let mut scanner = wiring::scanner(&app.settings)?;
    for change in scanner.scan().await {
        match change {
            SourceChange::Parsed(parsed) if parsed.launch.source == dag.source => {
                return Ok(Launch::clone(&parsed.launch));
            }
            SourceChange::Failed(error) if error.source == dag.source => bail!("{error}"),
            SourceChange::Parsed(_) | SourceChange::Failed(_) | SourceChange::Removed { .. } => {}
        }
    }
    bail!(
        "the source `{}` of DAG `{}` is not in the DAGs folder",
        dag.source,
        dag.dag_id
    )
}
