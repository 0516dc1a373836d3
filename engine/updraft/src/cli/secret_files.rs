//! Files with variables or connections: JSON, YAML, and lines of `NAME=VALUE`.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

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
    let extension = file.extension().and_then(|extension| extension.to_str());
    // A file that is called `.env` has no extension.
    let is_env = file.file_name().is_some_and(|name| name == ".env");
    match extension.map(str::to_lowercase).as_deref() {
        Some("json") => Ok(FileFormat::Json),
        Some("yaml" | "yml") => Ok(FileFormat::Yaml),
        Some("env") => Ok(FileFormat::Env),
        _ if is_env => Ok(FileFormat::Env),
        _ => bail!(
            "`{}` does not tell its format; it has to end in .json, .yaml or .env",
            file.display()
        ),
    }
}

/// What a file holds, by name.
pub(crate) fn read(file: &Path) -> Result<Map<String, Value>> {
    let format = format_of(file)?;
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    match format {
        FileFormat::Json => {
            serde_json::from_str(&text).with_context(|| format!("`{}` is no JSON object", file.display()))
        }
        FileFormat::Yaml => {
            serde_yaml_ng::from_str(&text).with_context(|| format!("`{}` is no YAML mapping", file.display()))
        }
        FileFormat::Env => lines(&text).with_context(|| format!("`{}` cannot be read", file.display())),
    }
}

fn lines(text: &str) -> Result<Map<String, Value>> {
    let mut found = Map::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once('=').filter(|(name, _)| !name.trim().is_empty()) else {
            // The line may hold a secret.
            bail!("line {} is not of the form NAME=VALUE", number + 1);
        };
        let known = found.insert(name.trim().to_owned(), Value::from(value.trim()));
        if known.is_some() {
            bail!("line {} has `{}` a second time", number + 1, name.trim());
        }
    }
    Ok(found)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_values_and_mistakes_are_told_without_them() {
        let found = lines("# ours\n\nA=1\n b = x=y \n").unwrap();
        assert_eq!(Value::from(found), serde_json::json!({ "A": "1", "b": "x=y" }));
        for (text, error) in [
            ("secret", "line 1 is not of the form NAME=VALUE"),
            ("=secret", "line 1 is not of the form NAME=VALUE"),
            ("A=1\nA=2", "line 2 has `A` a second time"),
        ] {
            assert_eq!(lines(text).unwrap_err().to_string(), error);
        }
    }

    #[test]
    fn the_end_of_a_name_tells_the_format() {
        for (name, format) in [
            ("a.json", FileFormat::Json),
            ("b/a.YAML", FileFormat::Yaml),
            (".env", FileFormat::Env),
            ("x.env", FileFormat::Env),
        ] {
            assert_eq!(format_of(Path::new(name)).unwrap(), format);
        }
        assert!(format_of(Path::new("json")).is_err());
    }
}
