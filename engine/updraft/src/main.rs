//! `updraft`: runs workflows as Airflow does, from one program.

mod cli;
mod clock;
mod config;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
