//! `dags state`.

use anyhow::Result;

use crate::cli::app::App;
use crate::cli::args::DagsStateArgs;
use crate::cli::dates::DateRange;
use crate::cli::output;

/// Prints the state of the run with that logical date, and its configuration if it has one; `None` without such a run.
pub(super) async fn run(args: DagsStateArgs, app: &App) -> Result<()> {
    let dag = app.dag(&args.dag_id).await?;
    let range = DateRange::parse(&args.execution_date)?;
    let found = app.runs_between(&dag.dag_id, &range).await?;
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
