//! `.airflowignore`: what in the DAGs folder is no source.
//!
//! Each line is a pattern; one that matches a file or folder leaves it out, with all that is in such a folder. There are two
//! dialects, as in Airflow, whose version 2 has `regexp` by default and version 3 `glob`:
//!
//! - `regexp`: a regular expression that is searched in the path relative to the file's folder; what follows a `#` is a comment;
//! - `glob`: as in a `.gitignore`, see [`crate::glob`]; the last pattern that matches counts, so `!` takes something back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::error::Problem;
use crate::glob::Glob;

/// The name of the file.
pub(crate) const FILE_NAME: &str = ".airflowignore";

/// The dialect of `.airflowignore` files; Airflow's `[core] dag_ignore_file_syntax`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IgnoreSyntax {
    /// Regular expressions. What Airflow 2 has by default.
    Regexp,
    /// Patterns as in a `.gitignore`. What Airflow 3 has by default.
    Glob,
}

/// The patterns of one such file.
#[derive(Debug)]
pub(crate) struct IgnoreFile {
    folder: PathBuf,
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
enum Pattern {
    Regexp(Regex),
    Glob(Glob),
}

impl IgnoreFile {
    /// Reads the file in a folder; `None` if there is none. What is wrong with it is added to `problems`, and the
    /// rest of it still counts.
    pub(crate) fn read(folder: &Path, syntax: IgnoreSyntax, problems: &mut Vec<Problem>) -> Option<Self> {
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
            match pattern(line, syntax) {
                Ok(pattern) => patterns.extend(pattern),
                Err(Wrong { message, hint }) => {
                    problems.push(Problem::new(path.clone(), message).line(number).hint(hint));
                }
            }
        }
        Some(Self {
            folder: folder.to_owned(),
            patterns,
        })
    }

    /// Whether a file or folder below this file's folder is left out; `None` if the file says nothing about it.
    pub(crate) fn verdict(&self, path: &Path, is_folder: bool) -> Option<bool> {
        let relative = path.strip_prefix(&self.folder).ok()?.to_string_lossy();
        let verdict = |pattern: &Pattern| match pattern {
            Pattern::Regexp(pattern) => pattern.is_match(&relative).then_some(true),
            Pattern::Glob(glob) => glob.verdict(&relative, is_folder),
        };
        self.patterns.iter().rev().find_map(verdict)
    }
}

/// What is wrong with a line, and what to do about it.
struct Wrong {
    message: String,
    hint: &'static str,
}

/// The pattern in a line, if there is one.
fn pattern(line: &str, syntax: IgnoreSyntax) -> Result<Option<Pattern>, Wrong> {
    if syntax == IgnoreSyntax::Glob {
        let wrong = |_| Wrong {
            message: format!("`{line}` is no pattern and ignores nothing"),
            hint: "each line is a pattern as in a `.gitignore`; a `[` must be closed",
        };
        return Ok(Glob::parse(line).map_err(wrong)?.map(Pattern::Glob));
    }
    let pattern = line
        .split_once('#')
        .map_or(line, |(pattern, _)| pattern.trim_end());
    if pattern.trim().is_empty() {
        return Ok(None);
    }
    let wrong = |_| Wrong {
        message: format!("`{pattern}` is no regular expression and ignores nothing"),
        hint: "each line is a regular expression: write `.*_test` instead of `*_test`",
    };
    Ok(Some(Pattern::Regexp(Regex::new(pattern).map_err(wrong)?)))
}
