//! The state file: one JSON line per write, so that a sandbox that was killed serves the same records again.
//!
//! The first line says which population the writes belong to. A line that a kill cut in half is the last one, and is
//! dropped at the next start.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::population::PopulationOptions;

/// What was done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangeKind {
    Insert,
    Update,
    /// Softly where the entity knows `isDeleted`, for good elsewhere.
    Delete,
    /// For good, whatever the entity.
    Erase,
}

/// One line after the first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "line", deny_unknown_fields)]
pub(crate) enum Line {
    /// Which population the file belongs to.
    Population {
        seed: u64,
        candidates: u32,
        positions: u32,
        as_of: String,
        resume_bytes: u32,
        open_percent: u32,
    },
    /// A write.
    Change {
        at_ms: i64,
        entity: String,
        id: u32,
        kind: ChangeKind,
        /// Whether `dateLastModified` moves.
        bump: bool,
        set: Map<String, Json>,
    },
    /// The administrator moved the clock.
    Clock { offset_ms: i64 },
}

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateFileError {
    /// Reading or writing failed; retrying helps once the file system works again.
    #[error("cannot use the state file `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file belongs to another population. Final: delete the file or restore the options.
    #[error(
        "the state file `{}` belongs to another population ({found}); delete it or start with the same seed, sizes and date",
        path.display()
    )]
    OtherPopulation {
        /// The file.
        path: PathBuf,
        /// The first line of the file.
        found: String,
    },
    /// A line is not one of ours. Final: delete the file.
    #[error("line {line} of the state file `{}` cannot be read; delete the file to start afresh", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
}

/// An open state file.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Bytes that are whole lines.
    length: u64,
}

impl Journal {
    /// Opens or creates the file and returns the writes in it.
    pub(crate) fn open(
        path: &Path,
        options: &PopulationOptions,
    ) -> Result<(Self, Vec<Line>), StateFileError> {
        let failed = |source| StateFileError::Io {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        let mut journal = Self {
            path: path.to_owned(),
            file,
            length: 0,
        };
        let mut lines = journal.read()?;
        let header = population_line(options);
        if lines.is_empty() {
            journal.append(&[header]).map_err(failed)?;
        } else {
            let found = lines.remove(0);
            if serde_json::to_string(&found).ok() != serde_json::to_string(&header).ok() {
                let found = serde_json::to_string(&found).unwrap_or_default();
                return Err(StateFileError::OtherPopulation {
                    path: path.to_owned(),
                    found,
                });
            }
        }
        Ok((journal, lines))
    }

    /// Reads every whole line and cuts off what a kill left of the last one.
    fn read(&mut self) -> Result<Vec<Line>, StateFileError> {
        let path = self.path.clone();
        let failed = |source| StateFileError::Io {
            path: path.clone(),
            source,
        };
        let mut reader = BufReader::new(&self.file);
        let mut lines = Vec::new();
        let mut text = Vec::new();
        loop {
            text.clear();
            let read = reader.read_until(b'\n', &mut text).map_err(failed)?;
            if text.last() != Some(&b'\n') {
                break;
            }
            let line = serde_json::from_slice(&text).map_err(|source| StateFileError::Malformed {
                path: path.clone(),
                line: lines.len() + 1,
                source,
            })?;
            lines.push(line);
            self.length += read as u64;
        }
        drop(reader);
        self.file.set_len(self.length).map_err(failed)?;
        Ok(lines)
    }

    /// Adds lines. When that fails the file is as it was before.
    pub(crate) fn append(&mut self, lines: &[Line]) -> io::Result<()> {
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        self.file.seek(SeekFrom::Start(self.length))?;
        if let Err(error) = self.file.write_all(&text) {
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += text.len() as u64;
        Ok(())
    }
}

fn population_line(options: &PopulationOptions) -> Line {
    Line::Population {
        seed: options.seed,
        candidates: options.candidates,
        positions: options.positions,
        as_of: options.as_of.to_string(),
        resume_bytes: options.resume_bytes,
        open_percent: options.open_percent,
    }
}
