//! `tasks state`.

use anyhow::Result;
use updraft_model::TaskInstanceState;

use super::find;
use crate::cli::app::App;
use crate::cli::args::TaskInstanceArgs;
use crate::cli::output;

/// Prints the bare state.
pub(super) async fn run(args: TaskInstanceArgs, app: &App) -> Result<()> {
    let (_, task) = find(&args, app).await?;
    output::print(task.state.map_or("None", TaskInstanceState::as_str))
}
