//! How the program of a DAG source is started: by the parser as well as by the workers.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The name of the bundle that all DAG files in Python belong to, as in Airflow.
pub const PYTHON_BUNDLE: &str = "dags-folder";

/// The argument, behind those of the bundle file, that tells a bundle program to serve a supervisor on its standard
/// input instead of a person at a terminal.
pub const SERVE_ARGUMENT: &str = "serve";

/// The option behind [`SERVE_ARGUMENT`] that is followed by the process id of the program's parent. A program whose
/// parent is another process has been orphaned while it started, and ends.
pub const PARENT_OPTION: &str = "--parent";

const KEEP: &str = "keep";
const KILL: &str = "kill";

/// A program that describes DAGs and runs their tasks, ready to be started. Two equal ones may share a warm process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its file, absolute.
    pub path: PathBuf,
    /// Its arguments, in front of `serve`.
    pub args: Vec<String>,
    /// Environment variables that are added to those of its parent.
    pub env: BTreeMap<String, String>,
    /// The folder it runs in, absolute.
    pub folder: PathBuf,
    /// Whether it ends by itself what takes longer than its `execution_timeout`, and so knows better when that began.
    pub ends_late_tasks: bool,
    /// Whether a process of it serves one attempt alone, and the next one gets a fresh process.
    pub is_for_one_attempt: bool,
    /// The arguments, in place of `args`, of a process that forks others of this program, if the program can do that.
    pub zygote: Option<Vec<String>>,
    /// Hash of everything that a warm process of it depends on: it changes when one of that does.
    pub fingerprint: String,
}

/// A DAG source and the program that runs its tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The bundle's name: the `NAME` of `NAME.bundle.toml`; for DAG files in Python that of their folder.
    pub name: String,
    /// The source, relative to the DAGs folder, with `/` between folders.
    pub source: String,
    /// The DAGs folder, absolute.
    pub dags_folder: PathBuf,
    /// What is started.
    pub program: Arc<Program>,
}

impl Launch {
    /// The source, absolute.
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

/// What a shepherd does with processes whose parent has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orphans {
    /// They may live as long as the program.
    Keep,
    /// They are killed: each child of the program watches over its own.
    Kill,
}

/// What a shepherd is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShepherdArguments {
    /// How long processes may take to end after SIGTERM.
    pub grace: Duration,
    /// What becomes of processes whose parent has ended.
    pub orphans: Orphans,
    /// The program.
    pub program: PathBuf,
    /// Its own arguments.
    pub args: Vec<OsString>,
}

impl ShepherdArguments {
    /// The arguments as a command line: grace in milliseconds, `keep` or `kill` for orphans, program, arguments.
    pub fn to_command_line(&self) -> Vec<OsString> {
        let grace = self.grace.as_millis().to_string().into();
        let orphans = match self.orphans {
            Orphans::Keep => KEEP,
            Orphans::Kill => KILL,
        };
        [grace, orphans.into(), self.program.clone().into()]
            .into_iter()
            .chain(self.args.iter().cloned())
            .collect()
    }

    /// Reads such a command line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut arguments = arguments.into_iter();
        let mut next = || arguments.next();
        let (Some(grace), Some(orphans), Some(program)) = (next(), next(), next()) else {
            return Err("started without its arguments; it is started by workers only".to_owned());
        };
        let milliseconds = grace.to_str().and_then(|grace| grace.parse().ok());
        Ok(Self {
            grace: milliseconds
                .map(Duration::from_millis)
                .ok_or_else(|| format!("`{}` is no number of milliseconds", grace.display()))?,
            orphans: match orphans.to_str() {
                Some(KEEP) => Orphans::Keep,
                Some(KILL) => Orphans::Kill,
                _ => {
                    return Err(format!(
                        "`{}` is neither `{KEEP}` nor `{KILL}`",
                        orphans.display()
                    ));
                }
            },
            program: program.into(),
            args: arguments.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_survive_the_command_line() {
        let arguments = ShepherdArguments {
            grace: Duration::from_mins(1),
            orphans: Orphans::Kill,
            program: "/bin/referral".into(),
            args: vec!["bundle".into(), "--".into(), "-x".into()],
        };
        assert_eq!(
            ShepherdArguments::parse(arguments.to_command_line()),
            Ok(arguments)
        );
    }

    #[test]
    fn mistakes_are_named() {
        let parse = |words: &[&str]| ShepherdArguments::parse(words.iter().map(OsString::from)).unwrap_err();
        assert_eq!(
            parse(&["10", "keep"]),
            "started without its arguments; it is started by workers only"
        );
        assert_eq!(
            parse(&["soon", "keep", "x"]),
            "`soon` is no number of milliseconds"
        );
        assert_eq!(parse(&["10", "eat", "x"]), "`eat` is neither `keep` nor `kill`");
    }
}
