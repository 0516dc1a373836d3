//! Mistakes in a DAG, each with the line of the program that holds it.

use std::fmt;
use std::panic::Location;

/// One mistake in the description of a DAG.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct DagError {
    /// The source file that holds the mistake.
    pub file: &'static str,
    /// The line in that file, from 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

impl DagError {
    pub(crate) fn at(place: &Location<'static>, message: impl Into<String>) -> Self {
        Self {
            file: place.file(),
            line: place.line(),
            message: message.into(),
        }
    }
}

/// Every mistake that was found in a DAG; at least one. `Display` gives one per line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DagErrors(pub Vec<DagError>);

impl std::error::Error for DagErrors {}

impl fmt::Display for DagErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}
