//! `dags ...`.

mod backfill;
mod clear;
mod details;
mod import_errors;
mod list;
mod list_runs;
mod mark;
mod next_execution;
mod pause;
mod show;
mod state;
pub(crate) mod trigger;

use anyhow::Result;
use updraft_model::DagRunState;

use super::app::App;
use super::args::DagsCommand;
use super::python_program;
use crate::config::Settings;

/// Runs a `dags` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: DagsCommand, settings: Settings) -> Result<()> {
    // Nothing is recorded, so there need be no database.
    if let DagsCommand::Test(args) = &command {
        return python_program::test_dag(args, settings).await;
    }
    let app = App::open(settings).await?;
    match command {
        DagsCommand::Test(_) => Ok(()),
        DagsCommand::List(args) => list::run(args, &app).await,
        DagsCommand::Trigger(args) => trigger::run(args, &app).await,
        DagsCommand::Pause(args) => pause::run(args, true, &app).await,
        DagsCommand::Unpause(args) => pause::run(args, false, &app).await,
        DagsCommand::State(args) => state::run(args, &app).await,
        DagsCommand::ListRuns(args) => list_runs::run(args, &app).await,
        DagsCommand::Show(args) => show::run(args, &app).await,
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
