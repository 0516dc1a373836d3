//! `state-store ...`, as in Airflow 3: what tries of tasks keep for each other.

use anyhow::Result;
use clap::{Args, Subcommand};

use super::app::App;
use super::args::Common;
use super::output;
use crate::config::Settings;

/// What is deleted in one transaction if nothing else is configured, and the most that is listed.
const BATCH: u32 = 10_000;

/// `state-store ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum StateStoreCommand {
    /// Delete what tasks keep that has expired
    Clean(CleanArgs),
}

/// `state-store clean`.
#[derive(Debug, Args)]
pub(crate) struct CleanArgs {
    /// Only list what would be deleted
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Runs a `state-store` command.
///
/// # Errors
/// The database cannot be read or changed.
pub(crate) async fn run(command: StateStoreCommand, settings: Settings) -> Result<()> {
    let StateStoreCommand::Clean(args) = command;
    let batch = match settings.state_cleanup_batch_size {
        0 => BATCH,
        size => size,
    };
    let app = App::open(settings).await?;
    let now = app.now();
    if args.dry_run {
        let found = app.store.expired_states(now, BATCH).await?;
        if found.is_empty() {
            return output::print("Nothing to delete");
        }
        let more = if found.len() < BATCH as usize {
            ""
        } else {
            " or more"
        };
        let head = format!("Would delete {}{more} value(s) that tasks keep:", found.len());
        let lines = found.iter().map(|one| format!("  {}: {}", one.task, one.key));
        let text: Vec<String> = std::iter::once(head).chain(lines).collect();
        return output::print(&text.join("\n"));
    }
    let mut deleted = 0;
    loop {
        let batch_deleted = app.store.delete_expired_states(now, batch).await?;
        deleted += batch_deleted;
        if batch_deleted < u64::from(batch) {
            break;
        }
    }
    output::print(&format!("Deleted {deleted} value(s) that tasks kept"))
}
