//! Secrets backends against servers that others have written: moto, which plays the services of AWS.

use std::process::Command;

use anyhow::Result;

use crate::{python, workspace};

/// Where the check stands, and the version of moto.
const CHECK: &str = "engine/updraft-vaults/tests/moto";

/// Runs the check with the program that is built already.
///
/// # Errors
/// It fails: it has said above what is wrong. Or Python is missing.
pub(crate) fn run() -> Result<()> {
    let folder = workspace::root().join(CHECK);
    let target = workspace::target()?;
    let environment = target.join("vaults");
    std::fs::create_dir_all(&environment)?;
    let python = python::environment(&environment, &folder.join("requirements.txt"))?;
    let home = tempfile::tempdir()?;
    let mut check = Command::new(python);
    check
        .arg(folder.join("check.py"))
        .arg(target.join("debug/updraft"))
        .arg(home.path());
    workspace::run(&mut check)
}
