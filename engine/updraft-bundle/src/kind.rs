//! What kinds of DAG sources there are.

use updraft_protocol::manifest::MANIFEST_SUFFIX;

/// What kind of source a file is, which its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceKind {
    /// `NAME.bundle.toml`, which names a program.
    Native,
    /// A DAG file in Python.
    Python,
    /// DAG files in Python in a zip archive.
    PythonArchive,
}

impl SourceKind {
    /// The kind of a file of this name; `None`: it is no source.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let is_named = |suffix: &str| name.len() > suffix.len() && name.ends_with(suffix);
        if is_named(MANIFEST_SUFFIX) {
            Some(Self::Native)
        } else if is_named(".py") {
            Some(Self::Python)
        } else if is_named(".zip") {
            Some(Self::PythonArchive)
        } else {
            None
        }
    }
}
