//! Running the programs that make an environment.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::EnvironmentError;

/// How many of the last lines that a failed program has printed are told.
const LINES_TOLD: usize = 20;

/// Runs a program to its end and gives what it printed to standard output.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<String, EnvironmentError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| EnvironmentError::NoInterpreter {
            interpreter: command.get_program().into(),
            error,
        })?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = stdout.lines().chain(stderr.lines()).collect();
    let last = lines
        .get(lines.len().saturating_sub(LINES_TOLD)..)
        .unwrap_or_default();
    Err(EnvironmentError::Failed {
        what: what.to_owned(),
        output: last.join("\n"),
    })
}

/// `pip` of an interpreter, without chatter.
pub(crate) fn pip(interpreter: &Path) -> Command {
    let mut pip = Command::new(interpreter);
    pip.args([
        "-m",
        "pip",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]);
    pip
}
