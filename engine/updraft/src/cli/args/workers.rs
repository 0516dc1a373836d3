//! `workers ...`: workers elsewhere.

use clap::{Args, Subcommand};

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkersCommand {
    /// Print a token with which a worker may ask for tasks to run, and nothing else
    ///
    /// Whoever has it can run tasks and so read what these may: keep it like a password. It cannot be taken back before it ends,
    /// except by another key in `[api_auth]`.
    Token(WorkersTokenArgs),
}

/// `workers token`.
#[derive(Debug, Args)]
pub(crate) struct WorkersTokenArgs {
    /// What the worker is called
    pub(crate) name: String,
    /// How long the token counts
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=8760))]
    pub(crate) hours: u32,
}
