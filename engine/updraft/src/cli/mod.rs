//! The command line: parsing, printing, and one module per command.

mod args;
mod closest;
#[cfg(test)]
mod oracle;
mod output;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;

/// Runs the command that the arguments name.
pub(crate) fn run() -> ExitCode {
    let _ = Cli::parse();
    ExitCode::SUCCESS
}
