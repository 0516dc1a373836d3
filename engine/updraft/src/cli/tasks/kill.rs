//! `tasks kill`.

use anyhow::Result;

use super::{find, name};
use crate::cli::app::App;
use crate::cli::args::TaskInstanceArgs;
use crate::cli::output;

/// Ends a queued, running or deferred task instance: it fails, is not retried, and its processes are killed.
pub(super) async fn run(args: TaskInstanceArgs, app: &App) -> Result<()> {
    let (run, task) = find(&args, app).await?;
    app.store
        .kill_task(&task.key, "killed by `tasks kill`", app.now())
        .await?;
    output::print(&format!(
        "`{}` of run `{}` is failed; its processes are being ended",
        name(&task.key),
        run.key.run_id
    ))
}
