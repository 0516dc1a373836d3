//! `.airflowignore`: what in the DAGs folder is no source.
//!
//! Each line is a pattern; one that matches a file or folder leaves it out, with all that is in such a folder. There are two
//! dialects, as in Airflow, whose version 2 has `regexp` by default and version 3 `glob`:
//!
//! - `regexp`: a regular expression that is searched in the path relative to the file's folder; what follows a `#` is a comment;
//! - `glob`: as in a `.gitignore`; the last pattern that matches counts, so `!` takes something back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use regex::Regex;

use crate::error::Problem;

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
    /// That of one line.
    Glob(Gitignore),
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
            Pattern::Glob(glob) => glob_verdict(glob, &relative, is_folder),
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
        return Ok(glob(line).map_err(wrong)?.map(Pattern::Glob));
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

/// The pattern of a `.gitignore` in a line; `None` if there is none.
fn glob(line: &str) -> Result<Option<Gitignore>, ignore::Error> {
    let glob = GitignoreBuilder::new("")
        .allow_unclosed_class(false)
        .add_line(None, line)?
        .build()?;
    Ok((!glob.is_empty()).then_some(glob))
}

/// Whether a path is left out or taken back; `None` if the pattern is not about it.
fn glob_verdict(glob: &Gitignore, path: &str, is_folder: bool) -> Option<bool> {
    match glob.matched(path, is_folder) {
        ignore::Match::Ignore(_) => Some(true),
        ignore::Match::Whitelist(_) => Some(false),
        ignore::Match::None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(line: &str, paths: &[&str]) -> String {
        let glob = glob(line).unwrap().unwrap();
        let letter = |path: &&str| {
            let (path, is_folder) = match path.strip_suffix('/') {
                Some(path) => (path, true),
                None => (*path, false),
            };
            match glob_verdict(&glob, path, is_folder) {
                Some(true) => 'x',
                Some(false) => '!',
                None => '.',
            }
        };
        paths.iter().map(letter).collect()
    }

    #[test]
    fn names_match_anywhere_and_paths_from_their_folder_on() {
        let paths = ["a.toml", "team/a.toml", "team/", "x/team/", "x/team/a.toml"];
        assert_eq!(verdicts("a.toml", &paths), "xx..x");
        assert_eq!(verdicts("/a.toml", &paths), "x....");
        assert_eq!(verdicts("team/a.toml", &paths), ".x...");
        assert_eq!(verdicts("team/", &paths), "..xx.");
        assert_eq!(verdicts("!team", &paths), "..!!.");
        assert_eq!(verdicts("**/team/a.toml", &paths), ".x..x");
        assert_eq!(verdicts("team/**", &paths), ".x...");
        assert_eq!(verdicts("x/**/a.toml", &paths), "....x");
    }

    #[test]
    fn wildcards_stop_at_folders() {
        let paths = ["ab", "abc", "a/b", "a]b", "a*b"];
        assert_eq!(verdicts("a*", &paths), "xx.xx");
        assert_eq!(verdicts("/a*b", &paths), "x..xx");
        assert_eq!(verdicts("a?b", &paths), "...xx");
        assert_eq!(verdicts("a[]x]b", &paths), "...x.");
        // Unlike git, but like Python's `pathspec`, which Airflow 3 asks.
        assert_eq!(verdicts("a[!b]b", &paths), "..xxx");
        assert_eq!(verdicts("ab[a-d]", &paths), ".x...");
        assert_eq!(verdicts("a\\*b", &paths), "....x");
    }

    #[test]
    fn comments_and_blanks_are_no_patterns_and_open_brackets_are_wrong() {
        for line in ["", "  ", "# a"] {
            assert!(glob(line).unwrap().is_none(), "{line}");
        }
        assert_eq!(verdicts("\\#a", &["#a"]), "x");
        assert_eq!(verdicts("a ", &["a"]), "x");
        assert!(glob("a[b").is_err());
    }
}
