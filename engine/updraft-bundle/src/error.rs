//! What is wrong with a source, before it is known which source that is.

use std::path::PathBuf;

use crate::ImportError;

/// A mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) file: PathBuf,
    line: Option<u32>,
    message: String,
    hint: Option<String>,
}

impl Problem {
    pub(crate) fn new(file: PathBuf, message: String) -> Self {
        Self {
            file,
            line: None,
            message,
            hint: None,
        }
    }

    pub(crate) fn line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The mistake, and another one of the same source.
    pub(crate) fn and(mut self, other: &ImportError) -> Self {
        let place = match other.line {
            Some(line) => format!("{}:{line}", other.file.display()),
            None => other.file.display().to_string(),
        };
        self.message = format!("{}\n{place}: {}", self.message, other.message);
        self.hint = match (self.hint, &other.hint) {
            (Some(hint), Some(other)) => Some(format!("{hint}\n{other}")),
            (hint, other) => hint.or_else(|| other.clone()),
        };
        self
    }

    /// The mistake as one of this source.
    pub(crate) fn of(self, source: &str) -> ImportError {
        ImportError {
            source: source.to_owned(),
            file: self.file,
            line: self.line,
            message: self.message,
            hint: self.hint,
        }
    }
}
