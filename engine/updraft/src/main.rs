//! `updraft`: runs workflows as Airflow does, from one program.

mod accounts;
mod cli;
mod clock;
mod config;
mod engine;
mod python;
mod server;
mod wiring;

use std::process::ExitCode;

fn main() -> ExitCode {
    // The supervisor of one slot is this program too; it does without everything below.
    if let Some(arguments) = wiring::shepherd_arguments() {
        return updraft_worker::shepherd::run(arguments);
    }
    cli::run(&wiring::arguments(), wiring::environment())
}
