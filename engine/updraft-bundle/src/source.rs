//! What the DAGs folder holds, as the scheduler hears of it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use updraft_model::{DagId, DagSpec};
use updraft_protocol::launch::Launch;

/// Something that happened to a DAG source. Sources are named by their path relative to the DAGs folder.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceChange {
    /// It is new or has changed, and was parsed, at least in part.
    Parsed(Arc<ParsedSource>),
    /// It is new or has changed, and nothing of it could be parsed. What was parsed before stays in force.
    Failed(ImportError),
    /// It is gone.
    Removed {
        /// Which source.
        source: String,
    },
}

impl SourceChange {
    /// Which source.
    pub fn source(&self) -> &str {
        match self {
            Self::Parsed(parsed) => &parsed.launch.source,
            Self::Failed(error) => &error.source,
            Self::Removed { source } => source,
        }
    }
}

/// A source that was parsed: its DAGs, and how to run their tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedSource {
    /// The program that holds the tasks.
    pub launch: Arc<Launch>,
    /// The text of its file, for people; `None` if it is no text, or a very long one.
    pub code: Option<Arc<str>>,
    /// The DAGs that could be read, with the bundle file's arguments applied; every one is valid.
    pub dags: Vec<Arc<DagSpec>>,
    /// What works but should be changed.
    pub warnings: Vec<String>,
    /// What is wrong with its other DAGs, if not all of them could be read.
    pub broken: Option<Broken>,
}

/// What is wrong with a source of which some DAGs could be read. The others stay as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What is wrong.
    pub error: ImportError,
    /// The DAGs that could not be read; `None` if it is not known which these are, so that all count that were there before.
    pub dags: Option<Vec<DagId>>,
}

/// Why a source could not be parsed; Airflow's import error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportError {
    /// The source, relative to the DAGs folder.
    pub source: String,
    /// The file with the mistake: the source itself, or a file that its program was built from.
    pub file: PathBuf,
    /// The line in that file, from 1, where it is known.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}
