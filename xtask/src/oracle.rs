//! Asks a real Airflow again what `oracle/schedules.json` says, and writes its answers there.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{python, workspace};

/// Where the questions and the version of Airflow stand.
const QUESTIONS: &str = "xtask/oracle";

/// Installs Airflow into an environment of its own, and writes down what it answers.
///
/// # Errors
/// Airflow cannot be had, or does not answer.
pub(crate) fn record() -> Result<()> {
    let questions = workspace::root().join(QUESTIONS);
    let target = workspace::target()?.join("oracle");
    let python = python::environment(&target.join("environment"), &questions.join("requirements.txt"))?;
    let mut ask = Command::new(python);
    // Its home is where it may write what it likes.
    ask.arg(questions.join("schedules.py"))
        .env("AIRFLOW_HOME", target.join("home"));
    let answers = workspace::output(&mut ask).context("Airflow does not answer")?;
    let file = workspace::root().join("oracle/schedules.json");
    std::fs::write(&file, answers).with_context(|| format!("cannot write `{}`", file.display()))?;
    println!("recorded: {}", file.display());
    Ok(())
}
