//! `referral`: the recruiting domain. Services, the Bullhorn sandbox, the DAG bundle and reports.

mod args;
mod clock;
mod commands;
mod dags;
mod listen;
mod settings;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use tracing_subscriber::EnvFilter;

use args::{Cli, Command};
use settings::Settings;

/// The port of the ETL service.
pub(crate) const ETL_PORT: u16 = 8001;

/// The port of the ML service.
pub(crate) const ML_PORT: u16 = 8000;

/// The port of the recruiting pages.
pub(crate) const PAGES_PORT: u16 = 8002;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Fails only when a provider is installed already, which nothing before this line does.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // What is no text is no setting of this program, and none of its business.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())));
    let settings = Settings::new(environment.collect());
    match run(cli.command, &settings) {
        Ok(code) => code,
        Err(error) => {
            // There is no third place to complain to.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, settings: &Settings) -> Result<ExitCode> {
    if let Command::Bundle(args) = command {
        return dags::run(settings, args);
    }
    log_to_stderr(settings)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        match command {
            Command::Sandbox(args) => commands::sandbox::run(args, settings).await,
            Command::Etl(args) => commands::services::etl(args, settings).await,
            Command::Ml(args) => commands::services::ml(args, settings).await,
            Command::Pages(args) => commands::pages::run(args, settings).await,
            Command::Serve(args) => commands::services::both(args, settings).await,
            Command::Report(args) => commands::report::run(args, settings).await,
            Command::Eval(args) => commands::measure::eval(args, settings).await,
            Command::Measure(command) => commands::measure::measure(command, settings),
            Command::Bundle(_) => Ok(()),
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn log_to_stderr(settings: &Settings) -> Result<()> {
    let level = settings.text("REFERRAL_LOG").unwrap_or("info,sqlx=warn");
    let filter = EnvFilter::try_new(level).with_context(|| {
        format!("`REFERRAL_LOG` is `{level}`, expected a level such as `info` or `debug`")
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .init();
    Ok(())
}
