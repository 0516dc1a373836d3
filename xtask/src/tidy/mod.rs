//! `cargo xtask tidy`: what the architecture promises, checked by machine.

mod arrows;
mod dependencies;
mod files;

use anyhow::{Result, bail};

use crate::workspace;

/// Checks everything and reports all findings at once.
pub(crate) fn run() -> Result<()> {
    let metadata = workspace::metadata()?;
    let mut findings = arrows::check(&metadata);
    findings.extend(dependencies::check(&metadata)?);
    findings.extend(files::check()?);
    if findings.is_empty() {
        return Ok(());
    }
    for finding in &findings {
        eprintln!("tidy: {finding}");
    }
    bail!("{} findings", findings.len());
}
