//! Which sources there are: a walk through the DAGs folder, and a cheap check whether it has to be repeated.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Problem;
use crate::ignore::{self, IgnoreFile, IgnoreSyntax};
use crate::kind::SourceKind;
use crate::stamp::Stamp;

/// Folders that hold no sources in any installation.
const SKIPPED: [&str; 2] = ["__pycache__", "node_modules"];

/// The sources in the DAGs folder.
///
/// Between two walks only the folders and ignore files are looked at, not the files in them: a folder's own time
/// changes when a file comes or goes.
#[derive(Debug)]
pub(crate) struct Index {
    root: PathBuf,
    syntax: IgnoreSyntax,
    /// What the last walk found; `None` before the first.
    walk: Option<Walk>,
    /// Whether the last look found a change. Then the next one walks again: a change so soon after another may have
    /// left the same time on the folder.
    is_settling: bool,
}

/// What one walk through the folder has found.
#[derive(Debug)]
struct Walk {
    syntax: IgnoreSyntax,
    /// The sources, by their path relative to the folder, in alphabetical order.
    sources: Vec<String>,
    problems: Vec<Problem>,
    /// Every folder and ignore file that the result depends on; `None` for a file that is not there.
    stamps: Vec<(PathBuf, Option<Stamp>)>,
    /// Folders that have been walked through, so that links to them are not followed in circles.
    seen: HashSet<(u64, u64)>,
}

impl Index {
    pub(crate) const fn new(root: PathBuf, syntax: IgnoreSyntax) -> Self {
        Self {
            root,
            syntax,
            walk: None,
            is_settling: false,
        }
    }

    /// The sources there are now, relative to the folder, and what could not be read.
    pub(crate) fn look(&mut self) -> (&[String], &[Problem]) {
        let is_changed = self.walk.as_ref().is_none_or(Walk::is_changed);
        if is_changed || self.is_settling || self.walk.is_none() {
            self.walk = Some(Walk::through(&self.root, self.syntax));
        }
        self.is_settling = is_changed;
        self.walk
            .as_ref()
            .map_or((&[], &[]), |walk| (&walk.sources, &walk.problems))
    }
}

impl Walk {
    fn is_changed(&self) -> bool {
        self.stamps
            .iter()
            .any(|(path, stamp)| Stamp::read(path).ok() != *stamp)
    }

    fn through(root: &Path, syntax: IgnoreSyntax) -> Self {
        let mut walk = Self {
            syntax,
            sources: Vec::new(),
            problems: Vec::new(),
            stamps: Vec::new(),
            seen: HashSet::new(),
        };
        match Stamp::read(root) {
            Ok(stamp) => walk.folder(root, root, stamp, &mut Vec::new()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let problem = Problem::new(root.to_owned(), "the DAGs folder does not exist".to_owned());
                walk.problems
                    .push(problem.hint("create it, or set `[core] dags_folder` to the right one"));
                walk.stamps.push((root.to_owned(), None));
            }
            Err(error) => walk.unreadable(root, &error),
        }
        walk.sources.sort();
        walk
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        self.problems
            .push(Problem::new(path.to_owned(), format!("cannot be read: {error}")));
        self.stamps.push((path.to_owned(), Stamp::read(path).ok()));
    }

    /// Goes through a folder and those below it. `ignores` holds the ignore files of the folders around it.
    fn folder(&mut self, root: &Path, folder: &Path, stamp: Stamp, ignores: &mut Vec<IgnoreFile>) {
        if !self.seen.insert(stamp.identity()) {
            return;
        }
        self.stamps.push((folder.to_owned(), Some(stamp)));
        let ignore_file = folder.join(ignore::FILE_NAME);
        self.stamps
            .push((ignore_file.clone(), Stamp::read(&ignore_file).ok()));
        let ignore = IgnoreFile::read(folder, self.syntax, &mut self.problems);
        let is_ignoring = ignore.is_some();
        ignores.extend(ignore);
        match entries(folder) {
            Ok(paths) => {
                for path in paths {
                    self.entry(root, &path, ignores);
                }
            }
            Err(error) => self.unreadable(folder, &error),
        }
        if is_ignoring {
            ignores.pop();
        }
    }

    fn entry(&mut self, root: &Path, path: &Path, ignores: &mut Vec<IgnoreFile>) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // What a link leads to counts; one that leads nowhere is nothing.
        let Ok(metadata) = fs::metadata(path) else {
            return;
        };
        // What the innermost file says counts.
        let verdict = |ignore: &IgnoreFile| ignore.verdict(path, metadata.is_dir());
        if ignores.iter().rev().find_map(verdict) == Some(true) {
            return;
        }
        if metadata.is_dir() {
            if !name.starts_with('.') && !SKIPPED.contains(&name.as_ref()) {
                self.folder(root, path, Stamp::of(&metadata), ignores);
            }
        } else if metadata.is_file() && SourceKind::of(&name).is_some() {
            let relative = path.strip_prefix(root).unwrap_or(path);
            self.sources.push(relative.to_string_lossy().into_owned());
        }
    }
}

/// What is in a folder, in alphabetical order.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    Ok(paths)
}
