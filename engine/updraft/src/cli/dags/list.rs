//! `dags list`.

use anyhow::Result;

use crate::cli::args::DagsListArgs;
use crate::cli::installation::Installation;
use crate::cli::output::Rows;
use crate::row;

/// Prints the DAGs that a source defines.
pub(super) async fn run(args: DagsListArgs, installation: &dyn Installation) -> Result<()> {
    let mut rows = Rows::default();
    for dag in installation.dags().await? {
        rows.push(row! {
            "dag_id": dag.dag_id,
            "fileloc": dag.fileloc,
            "owners": dag.owners,
            "is_paused": dag.is_paused,
        });
    }
    if let Some(columns) = &args.columns {
        rows.select(columns)?;
    }
    rows.print(args.output.output)?;
    installation.complain_of_sources().await
}
