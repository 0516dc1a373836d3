//! `python ...`: the Python that reads DAG files and runs their tasks.

use std::io::{self, Write};

use anyhow::{Result, anyhow};
use updraft_python::EnvironmentError;

use super::args::{PythonCommand, PythonInstallArgs};
use crate::cli::output::{self, Rows};
use crate::config::Settings;
use crate::python;
use crate::row;

/// Runs a `python` command.
///
/// # Errors
/// The environment cannot be made, or is not as it should be.
pub(crate) fn run(command: PythonCommand, settings: &Settings) -> Result<()> {
    match command {
        PythonCommand::Install(args) => install(&args, settings),
        PythonCommand::Which => {
            let environment = python::environment(settings);
            environment.ensure(&tell).map_err(explain)?;
            output::print(&environment.interpreter().display().to_string())
        }
    }
}

fn install(args: &PythonInstallArgs, settings: &Settings) -> Result<()> {
    let environment = python::environment(settings);
    environment
        .install(&args.packages, &args.requirements, &tell)
        .map_err(explain)?;
    let installed = environment.check().map_err(explain)?;
    tell(&format!(
        "{} is Python {} and imports Updraft's `airflow`",
        installed.interpreter.display(),
        installed.version
    ));
    let mut rows = Rows::default();
    for package in installed.packages {
        let (name, version) = package.split_once("==").unwrap_or((&package, ""));
        rows.push(row! { "package_name": name, "version": version });
    }
    rows.print(args.output.output)
}

/// What is being done is no part of the answer.
fn tell(text: &str) {
    // Somebody who does not want to hear it gets no error.
    let _ = writeln!(io::stderr(), "{text}");
}

fn explain(error: EnvironmentError) -> anyhow::Error {
    let hint = error.hint();
    anyhow!("{error}\nhint: {hint}")
}
