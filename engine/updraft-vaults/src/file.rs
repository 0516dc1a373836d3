//! Files with secrets: JSON, YAML, and lines of `NAME=VALUE`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// The form of a file with secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// An object.
    Json,
    /// A mapping.
    Yaml,
    /// Lines of `NAME=VALUE`; those that begin with `#` are comments.
    Env,
}

/// Why a file tells no secrets. What it holds is not shown.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Its name has no ending that is known.
    #[error("`{}` does not tell its format; it has to end in .json, .yaml or .env", path.display())]
    Format {
        /// Which file.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no object of JSON.
    #[error("`{}` is no JSON object, at line {line}, column {column}", path.display())]
    Json {
        /// Which file.
        path: PathBuf,
        /// Line of the mistake, from 1.
        line: usize,
        /// Column of the mistake, from 1.
        column: usize,
    },
    /// It is no mapping of YAML.
    #[error("`{}` is no YAML mapping{}", path.display(), line.map(|line| format!(", at line {line}")).unwrap_or_default())]
    Yaml {
        /// Which file.
        path: PathBuf,
        /// Line of the mistake, from 1, if it is known.
        line: Option<usize>,
    },
    /// A line has no `=`, or nothing before it.
    #[error("`{}` cannot be read: line {line} is not of the form NAME=VALUE", path.display())]
    NoPair {
        /// Which file.
        path: PathBuf,
        /// Its number, from 1.
        line: usize,
    },
    /// A line repeats a name.
    #[error("`{}` cannot be read: line {line} has `{name}` a second time", path.display())]
    Twice {
        /// Which file.
        path: PathBuf,
        /// Its number, from 1.
        line: usize,
        /// The name.
        name: String,
    },
}

impl FileFormat {
    /// The format that the end of a file's name says.
    ///
    /// # Errors
    /// [`FileError::Format`].
    pub fn of(path: &Path) -> Result<Self, FileError> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        // A file that is called `.env` has no extension.
        let is_env = path.file_name().is_some_and(|name| name == ".env");
        match extension.map(str::to_lowercase).as_deref() {
            Some("json") => Ok(Self::Json),
            Some("yaml" | "yml") => Ok(Self::Yaml),
            Some("env") => Ok(Self::Env),
            _ if is_env => Ok(Self::Env),
            _ => Err(FileError::Format {
                path: path.to_owned(),
            }),
        }
    }
}

/// What a file holds, by name.
///
/// # Errors
/// [`FileError`].
pub fn read_file(path: &Path) -> Result<Map<String, Value>, FileError> {
    let format = FileFormat::of(path)?;
    let text = std::fs::read_to_string(path).map_err(|source| FileError::Read {
        path: path.to_owned(),
        source,
    })?;
    match format {
        FileFormat::Json => serde_json::from_str(&text).map_err(|error| FileError::Json {
            path: path.to_owned(),
            line: error.line(),
            column: error.column(),
        }),
        FileFormat::Yaml => serde_yaml_ng::from_str(&text).map_err(|error| FileError::Yaml {
            path: path.to_owned(),
            line: error.location().map(|location| location.line()),
        }),
        FileFormat::Env => lines(path, &text),
    }
}

fn lines(path: &Path, text: &str) -> Result<Map<String, Value>, FileError> {
    let mut found = Map::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once('=').filter(|(name, _)| !name.trim().is_empty()) else {
            return Err(FileError::NoPair {
                path: path.to_owned(),
                line: number,
            });
        };
        let known = found.insert(name.trim().to_owned(), Value::from(value.trim()));
        if known.is_some() {
            return Err(FileError::Twice {
                path: path.to_owned(),
                line: number,
                name: name.trim().to_owned(),
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_values_and_mistakes_are_told_without_them() {
        let lines = |text| lines(Path::new("a.env"), text);
        let found = lines("# ours\n\nA=1\n b = x=y \n").unwrap();
        assert_eq!(Value::from(found), serde_json::json!({ "A": "1", "b": "x=y" }));
        for (text, error) in [
            ("secret", "line 1 is not of the form NAME=VALUE"),
            ("=secret", "line 1 is not of the form NAME=VALUE"),
            ("A=1\nA=2", "line 2 has `A` a second time"),
        ] {
            let told = lines(text).unwrap_err().to_string();
            assert_eq!(told, format!("`a.env` cannot be read: {error}"));
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
            assert_eq!(FileFormat::of(Path::new(name)).unwrap(), format);
        }
        assert!(FileFormat::of(Path::new("json")).is_err());
    }
}
