//! How the program of a native bundle is started: by the parser as well as by the workers.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The argument, behind those of the bundle file, that tells a bundle program to serve a supervisor on its standard
/// input instead of a person at a terminal.
pub const SERVE_ARGUMENT: &str = "serve";

/// The option behind [`SERVE_ARGUMENT`] that is followed by the process id of the program's parent. A program whose
/// parent is another process has been orphaned while it started, and ends.
pub const PARENT_OPTION: &str = "--parent";

/// A bundle program, ready to be started. Two equal ones may share a warm process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The bundle's name: the `NAME` of `NAME.bundle.toml`.
    pub name: String,
    /// The bundle file, relative to the DAGs folder, with `/` between folders.
    pub source: String,
    /// The DAGs folder, absolute.
    pub dags_folder: PathBuf,
    /// The program, absolute.
    pub program: PathBuf,
    /// Its arguments, in front of `serve`.
    pub args: Vec<String>,
    /// Environment variables that are added to those of its parent.
    pub env: BTreeMap<String, String>,
    /// The folder it runs in, absolute: that of the bundle file.
    pub folder: PathBuf,
    /// Hash of the bundle file, the program and `env`, hex: it changes when one of them does.
    pub fingerprint: String,
}

impl Launch {
    /// The bundle file, absolute.
    pub fn file(&self) -> PathBuf {
        self.dags_folder.join(&self.source)
    }
}

/// All arguments of a bundle program: its own, and those that have it serve the supervisor on its standard input.
///
/// With a `parent`, the id of the process that starts it, the kernel kills the program when the *thread* that has
/// started it ends. So only a single-threaded parent names itself; the end of others shows at the socket alone.
pub fn arguments<A: Into<OsString>>(own: impl IntoIterator<Item = A>, parent: Option<u32>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = own.into_iter().map(Into::into).collect();
    arguments.push(SERVE_ARGUMENT.into());
    if let Some(parent) = parent {
        arguments.extend([PARENT_OPTION.into(), parent.to_string().into()]);
    }
    arguments
}
