//! What can be wrong with an environment.

use std::io;
use std::path::PathBuf;

/// Why there is no environment, or why it is not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// The interpreter that environments are made with is missing.
    #[error("`{}` cannot be started: {error}", interpreter.display())]
    NoInterpreter {
        /// It.
        interpreter: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// That interpreter is too old.
    #[error("`{}` is Python {version}, at least 3.10 is needed", interpreter.display())]
    Old {
        /// It.
        interpreter: PathBuf,
        /// What it says of itself.
        version: String,
    },
    /// Something else lies where the environment should be.
    #[error("`{}` is a folder with other things in it and no Python environment", folder.display())]
    Occupied {
        /// Where.
        folder: PathBuf,
    },
    /// A program that makes or checks the environment failed.
    #[error("{what} failed:\n{output}")]
    Failed {
        /// What was to be done.
        what: String,
        /// The last that it printed.
        output: String,
    },
    /// A file of it cannot be read or written.
    #[error("`{}`: {error}", path.display())]
    Disk {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl EnvironmentError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoInterpreter { .. } => {
                "install Python with its venv module (on Debian: apt-get install python3-venv), or name it in `[updraft] python`"
            }
            Self::Old { .. } => "install a newer Python, and name it in `[updraft] python`",
            Self::Occupied { .. } => "name another folder in `[updraft] python_environment`",
            Self::Failed { .. } => {
                "put that right and run `updraft python install`; without a way to a package index, set PIP_NO_INDEX and PIP_FIND_LINKS"
            }
            Self::Disk { .. } => "put that right and run `updraft python install`",
        }
    }
}
