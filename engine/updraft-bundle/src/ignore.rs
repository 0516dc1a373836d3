//! `.airflowignore`: what in the DAGs folder is no source.
//!
//! Each line is a regular expression that is searched in the path relative to the file's folder; what follows a `#`
//! is a comment. A file or folder that matches is left out, and so is all that is in such a folder. Source: the
//! `regexp` dialect, which is the default of Airflow 2.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::error::Problem;

/// The name of the file.
pub(crate) const FILE_NAME: &str = ".airflowignore";

/// The patterns of one such file.
#[derive(Debug)]
pub(crate) struct IgnoreFile {
    folder: PathBuf,
    patterns: Vec<Regex>,
}

impl IgnoreFile {
    /// Reads the file in a folder; `None` if there is none. What is wrong with it is added to `problems`, and the
    /// rest of it still counts.
    pub(crate) fn read(folder: &Path, problems: &mut Vec<Problem>) -> Option<Self> {
        let path = folder.join(FILE_NAME);
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                problems.push(Problem::new(path, format!("cannot be read: {error}")));
                return None;
            }
        };
        let mut patterns = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let pattern = line
                .split_once('#')
                .map_or(line, |(pattern, _)| pattern.trim_end());
            if pattern.trim().is_empty() {
                continue;
            }
            match Regex::new(pattern) {
                Ok(pattern) => patterns.push(pattern),
                Err(_) => problems.push(
                    Problem::new(
                        path.clone(),
                        format!("`{pattern}` is no regular expression and ignores nothing"),
                    )
                    .line(number)
                    .hint("each line is a regular expression: write `.*_test` instead of `*_test`"),
                ),
            }
        }
        Some(Self {
            folder: folder.to_owned(),
            patterns,
        })
    }

    /// Whether a file or folder below this file's folder is left out.
    pub(crate) fn matches(&self, path: &Path) -> bool {
        let Ok(relative) = path.strip_prefix(&self.folder) else {
            return false;
        };
        let relative = relative.to_string_lossy();
        self.patterns.iter().any(|pattern| pattern.is_match(&relative))
    }
}
