//! Developer commands: build and run the whole system, test it, measure it.
//!
//! `cargo xtask --help` lists them; each lives in its own module.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool that talks to its developer"
)]

mod bench;
mod browser;
mod chaos;
mod clients;
mod conformance;
mod dag_files;
mod eval;
mod model;
mod oracle;
mod postgres;
mod python;
mod soak;
mod test;
mod tidy;
mod ui;
mod up;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Developer commands of Updraft.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build and start the whole system with the Bullhorn sandbox, run the pipeline and show the result
    Up(up::Args),
    /// Run every check and test; installs or starts what they need
    Test(test::Args),
    /// Measure speed and memory of optimised programs
    Bench(bench::Args),
    /// Break things under load, with real processes on PostgreSQL, and see that nothing is lost
    Chaos(chaos::Args),
    /// Run at full load for a while and see that memory does not grow
    Soak(soak::Args),
    /// Measure the quality of matches on labelled data
    Eval(eval::Args),
    /// Run public Bullhorn clients, unchanged, against the sandbox; part of `test`
    Conformance,
    /// Run Airflow's own clients of its REST API, unchanged, against the server; part of `test`
    Clients,
    /// Check and test the Python package for Airflow DAG files; part of `test`
    Python,
    /// Ask real Airflows, which are installed for it, when schedules make runs and what DAGs come to; record it in `oracle/`
    Oracle,
    /// Check the architecture: dependency arrows, file lengths, licences and hygiene
    Tidy,
    /// Build the web interface into ui/dist, with npm; a build of the server after it has it in it
    Ui,
    /// The web interface in a real browser on a real server; the programs and the interface must be built
    Browser {
        /// Measure how quick it is against its budgets instead, with an optimised program if there is one
        #[arg(long)]
        budgets: bool,
        /// The `updraft` to run instead of the one that was built last
        #[arg(long, value_name = "PATH")]
        program: Option<PathBuf>,
    },
    /// Fetch the embedding model into .cache/model and check its hashes
    Model,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Up(args) => up::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Chaos(args) => chaos::run(&args),
        Command::Soak(args) => soak::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Conformance => conformance::build_and_run(),
        Command::Clients => clients::build_and_run(),
        Command::Python => dag_files::run(),
        Command::Oracle => oracle::record(),
        Command::Tidy => tidy::run(),
        Command::Ui => ui::build(),
        Command::Browser { budgets, program } => browser::run(budgets, program),
        Command::Model => model::fetch().map(|folder| println!("model: {}", folder.display())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
