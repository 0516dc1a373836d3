//! The command line: parsing, printing, and one module per command.

mod app;
mod args;
mod ask;
mod assets;
mod author;
mod backfill;
mod by_hand;
mod callbacks;
mod choice;
mod clear;
mod closest;
mod completions;
mod conf;
pub(crate) mod config;
mod config_update;
mod connections;
mod dags;
mod dates;
mod db;
mod deadlines;
mod dev;
mod doctor;
mod dress;
mod import_db;
mod info;
mod installation;
mod jobs;
#[cfg(test)]
mod oracle;
mod output;
mod pools;
mod progress;
mod providers;
mod python;
pub(crate) mod python_program;
mod roles;
mod rotate;
mod secret_files;
mod serve;
mod source;
mod state_store;
mod tasks;
mod timetable;
mod tokens;
mod users;
mod variables;
mod workers;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};
use tracing_subscriber::EnvFilter;
use updraft_model::Clock;

use crate::clock::SystemClock;
use crate::config::{Environment, Settings};
use args::{Cli, Command};
use author::Given;

pub(crate) use app::App;
use by_hand::ProgramEnded;

/// Exit status of a call that is malformed, as in Airflow.
const USAGE_ERROR: u8 = 2;

/// Runs the command that the arguments name, of which the first is the program, in this environment.
pub(crate) fn run(words: &[OsString], environment: Environment) -> ExitCode {
    let parser = Cli::command();
    let matches = match parser.clone().try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return usage(&error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let given = Given {
        parser: &parser,
        matches: &matches,
        words,
    };
    match execute(cli, &given, environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref() {
            Some(ProgramEnded(code)) => ExitCode::from(*code),
            None => {
                complain(&format!("{error:#}"));
                ExitCode::FAILURE
            }
        },
    }
}

/// Help goes to standard output, a malformed call to standard error.
fn usage(error: &clap::Error) -> ExitCode {
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // A reader that has gone away needs no help.
    let _ = error.print();
    if is_help {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(USAGE_ERROR)
    }
}

fn complain(text: &str) {
    // There is no third place to complain to.
    let _ = writeln!(io::stderr(), "error: {text}");
}

fn execute(Cli { command, api_url }: Cli, given: &Given<'_>, environment: Environment) -> Result<()> {
    match &command {
        Command::Completions(args) => return completions::completions(args),
        Command::Man(args) => return completions::man(args),
        Command::CheatSheet(_) => return completions::cheat_sheet(),
        _ => {}
    }
    if let Command::Version = command {
        return output::print(env!("CARGO_PKG_VERSION"));
    }
    let folder = std::env::current_dir().context("the current folder is gone")?;
    let hostname = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let author = author::author(given, &environment, &hostname, SystemClock.now());
    let mut settings = Settings::load(environment, &folder, hostname)?;
    settings.api_url = api_url;
    if !has_api(&command) {
        installation::must_be_here(&settings)?;
    }
    let is_server = is_server(&command);
    // What servers change, they change for others.
    settings.author = (!is_server).then_some(author);
    log_to_stderr(
        if is_server {
            &settings.logging_level
        } else {
            "warn"
        },
        is_server,
    )?;
    let mut runtime = if is_server {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    let runtime = runtime.enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(carry_out(command, settings))
}

/// Whether a command goes on until it is told to stop.
const fn is_server(command: &Command) -> bool {
    matches!(
        command,
        Command::Standalone(_)
            | Command::Scheduler(_)
            | Command::Webserver(_)
            | Command::ApiServer(_)
            | Command::Triggerer(_)
            | Command::DagProcessor(_)
    )
}

async fn carry_out(command: Command, settings: Settings) -> Result<()> {
    match command {
        Command::Standalone(args) => Box::pin(serve::standalone(args, settings)).await,
        Command::Scheduler(args) => Box::pin(serve::scheduler(args, settings)).await,
        Command::Webserver(args) => serve::webserver((args.hostname, args.port), settings).await,
        Command::ApiServer(args) => serve::api_server((args.host, args.port), settings).await,
        Command::Triggerer(_) => serve::stand_in("triggerer", "waits for triggers", settings).await,
        Command::DagProcessor(_) => serve::stand_in("dag-processor", "reads DAG files", settings).await,
        Command::Db(command) => Box::pin(db::run(command, settings)).await,
        Command::Dags(command) => Box::pin(dags::run(command, settings)).await,
        Command::Tasks(command) => Box::pin(tasks::run(command, settings)).await,
        Command::Backfill(command) => backfill::run(command, settings).await,
        Command::Pools(command) => pools::run(command, settings).await,
        Command::Variables(command) => Box::pin(variables::run(command, settings)).await,
        Command::Connections(command) => Box::pin(connections::run(command, settings)).await,
        Command::Config(command) => config::run(&command, &settings),
        Command::RotateFernetKey => rotate::run(settings).await,
        Command::Users(command) => users::run(command, settings).await,
        Command::Roles(command) => roles::run(command, settings).await,
        Command::SyncPerm(args) => roles::sync(args, settings).await,
        Command::Assets(command) => Box::pin(assets::run(command, settings)).await,
        Command::Callbacks(command) => callbacks::run(command, settings).await,
        Command::Deadlines(command) => deadlines::run(command, settings).await,
        Command::StateStore(command) => state_store::run(command, settings).await,
        Command::Jobs(command) => jobs::run(command, settings).await,
        Command::Dev(command) => dev::run(command, settings).await,
        Command::Workers(command) => workers::run(&command, &settings),
        Command::Python(command) => python::run(command, &settings),
        Command::Check(args) => python_program::check(&args, &settings),
        Command::Providers(command) => providers::run(&command, &settings),
        Command::Plugins(args) => python_program::plugins(&args, &settings),
        Command::Info(args) => info::run(args, &settings),
        Command::Doctor(args) => doctor::run(args, settings).await,
        Command::Version | Command::Completions(_) | Command::Man(_) | Command::CheatSheet(_) => Ok(()),
    }
}

/// Whether a command, or one of its group, can work on an installation elsewhere.
fn has_api(command: &Command) -> bool {
    matches!(
        command,
        Command::Dags(_)
            | Command::Tasks(_)
            | Command::Variables(_)
            | Command::Connections(_)
            | Command::Pools(_)
            | Command::Assets(_)
    )
}

/// Servers log with times; commands only warn, in short lines.
fn log_to_stderr(level: &str, is_server: bool) -> Result<()> {
    let level = match level.to_lowercase().as_str() {
        "critical" | "fatal" => "error".to_owned(),
        "warning" => "warn".to_owned(),
        other => other.to_owned(),
    };
    let filter = EnvFilter::try_new(format!("{level},sqlx=warn")).with_context(|| {
        format!("`[logging] logging_level` is `{level}`, expected DEBUG, INFO, WARNING or ERROR")
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    if is_server {
        log.init();
    } else {
        log.without_time().init();
    }
    Ok(())
}
