//! The web interface in a real browser on a real server: the tests of `ui/e2e`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{dag_files, model, workspace};

/// Where Debian puts the browser.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Runs the tests, or measures, with this program, or else with the one that was built last; Chromium is installed where that is possible.
///
/// # Errors
/// A test fails, there is no such program, or there is no browser.
pub(crate) fn run(budgets: bool, program: Option<PathBuf>) -> Result<()> {
    let interpreter = dag_files::environment()?;
    let environment = interpreter
        .parent()
        .and_then(Path::parent)
        .context("the interpreter of DAG files lies in no environment")?;
    let target = workspace::target()?;
    let optimised = target.join("release/updraft");
    let updraft = match program {
        Some(program) => program
            .canonicalize()
            .with_context(|| format!("there is no program `{}`", program.display()))?,
        None if budgets && optimised.is_file() => optimised,
        None => target.join("debug/updraft"),
    };
    let mut node = Command::new("node");
    if budgets {
        node.arg("e2e/budgets/main.mjs");
    } else {
        // A server and a browser are work for both cores of a small machine: one file after the other.
        node.args(["--test", "--test-concurrency=1"]).args(scenarios()?);
    }
    node.current_dir(workspace::root().join("ui"))
        .env("UPDRAFT", updraft)
        .env("REFERRAL", target.join("debug/referral"))
        .env("REFERRAL_MODEL", model::fetch()?)
        .env("UPDRAFT_PYTHON", environment)
        .env("CHROMIUM", chromium()?);
    workspace::run(&mut node)
}

/// The files of tests, each with a server of its own.
fn scenarios() -> Result<Vec<PathBuf>> {
    let folder = workspace::root().join("ui/e2e/scenarios");
    let mut files = Vec::new();
    for entry in folder
        .read_dir()
        .with_context(|| format!("reading `{}`", folder.display()))?
    {
        files.push(entry?.path());
    }
    files.sort();
    Ok(files)
}

/// The browser: that of `CHROMIUM`, or Debian's, which is installed if it is missing.
fn chromium() -> Result<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "developer commands are set up by the environment"
    )]
    if let Some(named) = env::var_os("CHROMIUM") {
        return Ok(named.into());
    }
    let debian = PathBuf::from(CHROMIUM);
    if !debian.is_file() {
        let install = "apt-get update && apt-get install --yes --no-install-recommends chromium";
        let installed = workspace::quietly(Command::new("sh").args(["-c", install]));
        if let Err(error) = installed {
            bail!(
                "there is no `{CHROMIUM}` and it cannot be installed ({error}); name a Chromium with `CHROMIUM=PATH`"
            );
        }
    }
    Ok(debian)
}
