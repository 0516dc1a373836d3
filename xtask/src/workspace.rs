//! Where the workspace lies, and how its commands run other programs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The root folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in a folder of the workspace")
}

/// The folder for things that are fetched or started once and kept: never committed.
pub(crate) fn cache() -> PathBuf {
    root().join(".cache")
}

/// `cargo`, as the one that runs this program.
pub(crate) fn cargo() -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo tells its subcommands where it lies by this variable"
    )]
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Builds all programs and examples, as the tests build them: of fewer packages third-party crates would be compiled again.
///
/// # Errors
/// The build fails.
pub(crate) fn build() -> Result<()> {
    run(cargo().args(["build", "--workspace", "--bins", "--examples", "--quiet"]))
}

/// The folder that holds compiled programs, such as `target`.
///
/// # Errors
/// `cargo metadata` fails.
pub(crate) fn target() -> Result<PathBuf> {
    let metadata = metadata()?;
    let folder = metadata["target_directory"]
        .as_str()
        .context("cargo metadata names no target folder")?;
    Ok(PathBuf::from(folder))
}

/// What `cargo metadata` says of the workspace and everything it depends on.
///
/// # Errors
/// `cargo metadata` fails.
pub(crate) fn metadata() -> Result<serde_json::Value> {
    // Only what is built here: packages for other systems would have to be downloaded first.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let text = output(cargo().args([
        "metadata",
        "--format-version",
        "1",
        "--filter-platform",
        &platform,
    ]))?;
    serde_json::from_str(&text).context("cargo metadata did not print JSON")
}

/// Runs a command and lets it write to this terminal.
///
/// # Errors
/// It cannot be started, or it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", line(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", line(command));
    }
    Ok(())
}

/// Runs a command and returns what it prints to standard output.
///
/// # Errors
/// It cannot be started, or it fails; the error holds what it wrote to standard error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot start {}", line(command)))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed ({}): {}", line(command), output.status, why.trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a command that is of interest only if it fails: then the error holds all that it wrote.
///
/// # Errors
/// It cannot be started, or it fails.
pub(crate) fn quietly(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("cannot start {}", line(command)))?;
    if !output.status.success() {
        let wrote = [output.stdout, output.stderr].concat();
        let wrote = String::from_utf8_lossy(&wrote);
        bail!("{} failed ({}):\n{}", line(command), output.status, wrote.trim());
    }
    Ok(())
}

/// Runs one named step of a longer job and says how long it took.
///
/// # Errors
/// What the step returns, with its name.
pub(crate) fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("== {name}");
    let start = Instant::now();
    work().with_context(|| format!("step `{name}`"))?;
    eprintln!("== {name}: {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    format!(
        "`{}`",
        words
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ")
    )
}

/// Installs packages of Debian and its relatives; needs root.
///
/// # Errors
/// `apt-get` is missing or fails.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    let quiet = |command: &mut Command| {
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq");
    };
    let mut update = Command::new("apt-get");
    quiet(&mut update);
    run(update.arg("update"))?;
    let mut install = Command::new("apt-get");
    quiet(&mut install);
    run(install
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages))
}

/// All processes that came of a process, without itself.
pub(crate) fn descendants(root: u32) -> Vec<u32> {
    let mut all = vec![root];
    let mut at = 0;
    while let Some(pid) = all.get(at).copied() {
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten()
            .filter_map(Result::ok);
        for task in tasks {
            let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
            all.extend(
                children
                    .split_whitespace()
                    .filter_map(|child| child.parse::<u32>().ok()),
            );
        }
        at += 1;
    }
    all.split_off(1)
}

/// The memory that a process and everything it started have to themselves, shared pages counted in part, in MiB.
///
/// # Errors
/// The kernel does not tell.
pub(crate) fn pss_mib(root: u32) -> Result<f64> {
    let mut kib = 0.0;
    for pid in std::iter::once(root).chain(descendants(root)) {
        let Ok(text) = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) else {
            continue;
        };
        let line = text.lines().find(|line| line.starts_with("Pss:"));
        let line = line.context("the kernel tells no Pss")?;
        let number = line.split_whitespace().nth(1);
        kib += number
            .and_then(|number| number.parse::<f64>().ok())
            .unwrap_or_default();
    }
    Ok(kib / 1024.0)
}
