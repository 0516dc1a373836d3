//! Python and its packages, for what only Python offers.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace;

/// `pip` of a Python, without chatter.
pub(crate) fn pip(python: impl AsRef<OsStr>) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]);
    pip
}

/// The Python of a virtual environment that holds what a requirements file asks for. It is made once, and again when the
/// file has changed.
///
/// # Errors
/// Python, its `venv` module or pip is missing or fails.
pub(crate) fn environment(folder: &Path, requirements: &Path) -> Result<PathBuf> {
    environment_with(folder, requirements, &[])
}

/// The same, with further arguments of `pip install`.
///
/// # Errors
/// As [`environment`].
pub(crate) fn environment_with(folder: &Path, requirements: &Path, arguments: &[&str]) -> Result<PathBuf> {
    let wanted = std::fs::read_to_string(requirements)
        .with_context(|| format!("cannot read `{}`", requirements.display()))?;
    let python = folder.join("bin/python");
    // Written last, so that an environment that was not finished is never used.
    let stamp = folder.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) && python.is_file() {
        return Ok(python);
    }
    eprintln!("making a Python environment for `{}`", requirements.display());
    workspace::run(
        Command::new("python3")
            // The newest pip installs twice as fast as the one that old versions of Python bring.
            .args(["-m", "venv", "--clear", "--upgrade-deps"])
            .arg(folder),
    )
    .context("python3 makes the environment: install it with its venv module (on Debian: apt-get install python3-venv)")?;
    workspace::run(
        pip(&python)
            .arg("install")
            .args(arguments)
            .arg("--requirement")
            .arg(requirements),
    )
    .context("pip installs the packages that the requirements file names")?;
    std::fs::write(&stamp, wanted)?;
    Ok(python)
}
