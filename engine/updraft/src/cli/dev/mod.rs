//! `dev ...`: for those who work on Updraft itself or measure it.

mod fill;
mod lines;
mod past;
mod shape;

use std::num::NonZeroU32;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::config::Settings;

/// `dev ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum DevCommand {
    /// Write a made-up history into the database, to see how things are at size
    ///
    /// The same seed gives the same history. No file defines these DAGs: a scheduler on this database takes them for deleted ones.
    #[command(after_help = "Examples:
  updraft dev fill                                        100 DAGs with 10,000 task instances
  updraft dev fill --dags 1000 --task-instances 1000000   an installation of some years, in minutes
  updraft dev fill --dags 5 --log-lines 100000 --add      five more DAGs, with long logs of their newest runs")]
    Fill(DevFillArgs),
}

/// `dev fill`.
#[derive(Debug, Args)]
pub(crate) struct DevFillArgs {
    /// How many DAGs
    #[arg(long, default_value = "100", value_name = "N")]
    dags: NonZeroU32,
    /// How many task instances there are in all runs together, at least; the last run of each DAG is a whole one
    #[arg(long, default_value_t = 10_000, value_name = "M")]
    task_instances: u64,
    /// How many lines the logs of the newest run of each DAG have; 0 writes no logs
    #[arg(long, default_value_t = 0, value_name = "LINES")]
    log_lines: u32,
    /// Decides about everything that is left to chance
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    seed: u64,
    /// When the history ends; today's midnight by default
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Add to a database that has DAGs
    #[arg(long)]
    add: bool,
}

/// Runs a `dev` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: DevCommand, settings: Settings) -> Result<()> {
    match command {
        DevCommand::Fill(args) => fill::run(args, settings).await,
    }
}
