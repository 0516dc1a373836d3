//! `dags ...`.

mod backfill;
mod clear;
mod delete;
mod details;
mod import_errors;
mod list;
mod list_jobs;
mod list_runs;
mod mark;
mod next_execution;
mod pause;
mod report;
mod reserialize;
mod show;
mod show_dependencies;
mod state;
pub(crate) mod trigger;

use anyhow::Result;
use updraft_model::DagRunState;

use super::app::App;
use super::args::DagsCommand;
use super::{installation, python_program};
use crate::config::Settings;

/// Runs a `dags` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: DagsCommand, settings: Settings) -> Result<()> {
    // Nothing is recorded, so there need be no database.
    if let DagsCommand::Test(args) = &command {
        return Box::pin(python_program::test_dag(args, settings)).await;
    }
    let Some(command) = Box::pin(remote(command, &settings)).await? else {
        return Ok(());
    };
    installation::must_be_here(&settings)?;
    let app = App::open(settings).await?;
    match command {
        DagsCommand::Test(_)
        | DagsCommand::List(_)
        | DagsCommand::Trigger(_)
        | DagsCommand::Pause(_)
        | DagsCommand::Unpause(_)
        | DagsCommand::State(_)
        | DagsCommand::ListRuns(_)
        | DagsCommand::Delete(_) => Ok(()),
        DagsCommand::Show(args) => show::run(args, &app).await,
        DagsCommand::ShowDependencies(args) => show_dependencies::run(args, &app).await,
        DagsCommand::Reserialize(_) => reserialize::run(&app).await,
        DagsCommand::Report(args) => report::run(args, &app).await,
        DagsCommand::ListJobs(args) => list_jobs::run(args, &app).await,
        DagsCommand::Backfill(args) => backfill::run(args, &app).await,
        DagsCommand::Clear(args) => clear::run(args, &app).await,
        DagsCommand::MarkSuccess(args) => mark::run(args, DagRunState::Success, &app).await,
        DagsCommand::MarkFailed(args) => mark::run(args, DagRunState::Failed, &app).await,
        DagsCommand::MarkQueued(args) => mark::run(args, DagRunState::Queued, &app).await,
        DagsCommand::NextExecution(args) => next_execution::run(args, &app).await,
        DagsCommand::ListImportErrors(args) => import_errors::run(args, &app).await,
        DagsCommand::Details(args) => details::run(args, &app).await,
    }
}

/// Runs a command that any installation can do; gives back what only this one can.
async fn remote(command: DagsCommand, settings: &Settings) -> Result<Option<DagsCommand>> {
    let open = || installation::open(settings.clone());
    match command {
        DagsCommand::List(args) => list::run(args, &*open().await?).await?,
        DagsCommand::Trigger(args) => trigger::run(args, &*open().await?).await?,
        DagsCommand::Pause(args) => pause::run(args, true, &*open().await?).await?,
        DagsCommand::Unpause(args) => pause::run(args, false, &*open().await?).await?,
        DagsCommand::State(args) => state::run(args, &*open().await?).await?,
        DagsCommand::ListRuns(args) => list_runs::run(args, &*open().await?).await?,
        DagsCommand::Delete(args) => delete::run(args, &*open().await?).await?,
        other => return Ok(Some(other)),
    }
    Ok(None)
}
