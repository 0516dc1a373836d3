//! `dags state`.

use anyhow::Result;

use crate::cli::args::DagsStateArgs;
use crate::cli::dates::DateRange;
use crate::cli::installation::{self, Installation};
use crate::cli::output;

/// Prints the state of the run with that logical date, and its configuration if it has one; `None` without such a run.
pub(super) async fn run(args: DagsStateArgs, installation: &dyn Installation) -> Result<()> {
    let dag = installation::dag(installation, &args.dag_id).await?;
    let range = DateRange::parse(&args.execution_date)?;
    let found = installation.runs(&dag.dag_id, &range).await?;
    let Some(run) = found.first() else {
        return output::print("None");
    };
    let conf = if run.conf.is_empty() {
        String::new()
    } else {
        format!(", {}", serde_json::to_string(&run.conf)?)
    };
    output::print(&format!("{}{conf}", run.state))
}
