//! `dags delete`.

use anyhow::Result;

use crate::cli::args::DagsDeleteArgs;
use crate::cli::installation::{self, Installation};
use crate::cli::{ask, output};

/// Deletes a DAG with its runs, after asking.
pub(super) async fn run(args: DagsDeleteArgs, installation: &dyn Installation) -> Result<()> {
    // One that no source defines any more is not listed, and can be deleted all the same.
    let known = installation::dag(installation, &args.dag_id).await;
    let question = "This will drop all existing records related to the specified DAG. Proceed? (y/n)";
    if !args.yes && !ask::yes(question)? {
        return output::print("Cancelled");
    }
    match (installation.delete_dag(&args.dag_id).await, known) {
        (Err(_), Err(unknown)) => Err(unknown),
        (deleted, _) => {
            deleted?;
            output::print(&format!("Removed the records of the DAG `{}`", args.dag_id))
        }
    }
}
