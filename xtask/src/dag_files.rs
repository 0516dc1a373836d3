//! The Python package for Airflow DAG files, in `python/`: its style, its types and its tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{python, workspace};

/// The Airflow packages whose example DAGs the tests read.
const WHEELS: &str = "tests/wheels.txt";

/// Makes the environment that the package needs, checks the package, and runs its tests. Says nothing if all is well.
///
/// # Errors
/// A check fails: the error holds what it wrote. Or Python or one of its packages cannot be had.
pub(crate) fn run() -> Result<()> {
    let package = workspace::root().join("python");
    let target = workspace::target()?.join("python");
    let environment = target.join("environment");
    let interpreter = python::environment(&environment, &package.join("requirements-dev.txt"))?;
    let wheels = wheels(&interpreter, &package, &target.join("wheels"))?;
    let tool = |name: &str| {
        let mut command = Command::new(environment.join("bin").join(name));
        command.current_dir(&package);
        command
    };
    workspace::quietly(tool("ruff").args(["check", "--no-cache"]))?;
    workspace::quietly(tool("ruff").args(["format", "--check", "--no-cache"]))?;
    workspace::quietly(tool("basedpyright").arg("--pythonpath").arg(&interpreter))?;
    workspace::quietly(
        tool("pytest")
            .args(["-p", "no:cacheprovider"])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("UPDRAFT_TEST_WHEELS", wheels),
    )
}

/// The interpreter of an environment that the engine makes itself, as users have it. The programs must be built.
///
/// # Errors
/// The engine cannot make it.
pub(crate) fn environment() -> Result<PathBuf> {
    let target = workspace::target()?;
    let environment = target.join("python/engine");
    workspace::quietly(
        Command::new(target.join("debug/updraft"))
            .args(["python", "install"])
            .env("AIRFLOW_HOME", target.join("python/home"))
            .env("AIRFLOW__UPDRAFT__PYTHON_ENVIRONMENT", &environment),
    )?;
    Ok(environment.join("bin/python"))
}

/// The folder that holds the wheels; they are fetched once, and again when their list has changed.
fn wheels(interpreter: &Path, package: &Path, folder: &Path) -> Result<PathBuf> {
    let list = package.join(WHEELS);
    let wanted = std::fs::read_to_string(&list)?;
    // Written last, so that a folder that was not filled is never used.
    let stamp = folder.join("wheels.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|fetched| fetched == wanted) {
        return Ok(folder.to_owned());
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    workspace::run(
        python::pip(interpreter)
            .args(["download", "--no-deps", "--dest"])
            .arg(folder)
            .arg("--requirement")
            .arg(&list),
    )
    .context("pip fetches the wheels whose example DAGs the tests read")?;
    std::fs::write(&stamp, wanted)?;
    Ok(folder.to_owned())
}
