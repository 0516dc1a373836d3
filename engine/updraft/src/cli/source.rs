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
    let mut scanner = wiring::scanner(app)?;
    match scanner.scan_one(&dag.source).await {
        Some(SourceChange::Parsed(parsed)) => Ok(Launch::clone(&parsed.launch)),
        Some(SourceChange::Failed(error)) => bail!("{error}"),
        Some(SourceChange::Removed { .. }) | None => bail!(
            "the source `{}` of DAG `{}` is not in the DAGs folder",
            dag.source,
            dag.dag_id
        ),
    }
}
