//! Files with variables or connections: JSON, YAML, and lines of `NAME=VALUE`.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};

use super::args::FileFormat;
use super::output;

/// The name of standard input and output as a file.
const STANDARD: &str = "-";

/// Whether a file is standard output.
pub(crate) fn is_standard(file: &Path) -> bool {
    file == Path::new(STANDARD)
}

/// The format that the end of a file's name says.
pub(crate) fn format_of(file: &Path) -> Result<FileFormat> {
    Ok(match updraft_vaults::FileFormat::of(file)? {
        updraft_vaults::FileFormat::Json => FileFormat::Json,
        updraft_vaults::FileFormat::Yaml => FileFormat::Yaml,
        updraft_vaults::FileFormat::Env => FileFormat::Env,
    })
}

/// Writes secrets into a file that only its owner reads, or to standard output; then says so where it does not disturb.
pub(crate) fn write(file: &Path, text: &str, said: &str) -> Result<()> {
    if is_standard(file) {
        output::print(text)?;
        // Somebody who does not want to hear it gets no error.
        let _ = writeln!(io::stderr(), "\n{said}.");
        return Ok(());
    }
    let failed = || format!("cannot write `{}`", file.display());
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let mut open = options.open(file).with_context(failed)?;
    writeln!(open, "{text}").with_context(failed)?;
    output::print(&format!("{said} to {}.", file.display()))
}

/// A secret as it is given, or a line of standard input for `-`.
pub(crate) fn given(text: String) -> Result<String> {
    if text != STANDARD {
        return Ok(text);
    }
    let mut read = String::new();
    io::stdin()
        .read_to_string(&mut read)
        .context("cannot read standard input")?;
    Ok(read.trim_end_matches(['\r', '\n']).to_owned())
}
