//! A bundle: the program that holds DAGs.

mod by_hand;
mod command;
mod dag_set;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use updraft_protocol::defaults::DagDefaults;

use self::command::{Command, USAGE};
pub(crate) use self::command::{ServeArguments, TestArguments};
pub(crate) use self::dag_set::DagSet;
use crate::dag::Dag;
use crate::serve::serve;

/// A program that holds DAGs. Its `main` ends in [`run`](Self::run):
///
/// ```no_run
/// use std::process::ExitCode;
/// use updraft_sdk::{Bundle, Context, Dag, TaskResult};
///
/// async fn hello(context: Context) -> TaskResult {
///     tracing::info!("hello on {}", context.ds());
///     Ok(())
/// }
///
/// fn main() -> ExitCode {
///     let dag = Dag::new("hello");
///     dag.task("hello", hello);
///     Bundle::new("examples").dag(dag).run()
/// }
/// ```
///
/// The engine starts the program and has it describe its DAGs and run their tasks. By hand it takes one of these
/// arguments: `list`, `validate` or `test DAG TASK`.
#[derive(Debug)]
pub struct Bundle {
    name: String,
    /// Built when the bundle runs: only then it is known what they mean where they do not say it.
    dags: Vec<Dag>,
}

impl Bundle {
    /// A bundle without DAGs.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            dags: Vec::new(),
        }
    }

    /// Adds a DAG. Mistakes in it are reported when the bundle runs. What the installation decides for DAGs that do not say
    /// it, such as the compat level, comes in the variables that such settings have anyway: `AIRFLOW__UPDRAFT__COMPAT`.
    pub fn dag(mut self, dag: Dag) -> Self {
        self.dags.push(dag);
        self
    }

    /// Does what the program's arguments say; the result is for `main` to return.
    pub fn run(self) -> ExitCode {
        self.run_with(std::env::args_os().skip(1))
    }

    /// Does what these arguments say, for a program with arguments of its own: `referral bundle list` calls this with
    /// `["list"]`.
    pub fn run_with(self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> ExitCode {
        let arguments: Vec<String> = arguments
            .into_iter()
            .map(|argument| argument.into().to_string_lossy().into_owned())
            .collect();
        let command = match Command::parse(&arguments) {
            Ok(command) => command,
            Err(mistake) => {
                complain(&format!("{mistake}\n{USAGE}"));
                return ExitCode::from(2);
            }
        };
        let defaults = match DagDefaults::from_variables(variable) {
            Ok(defaults) => defaults,
            Err(mistake) => {
                complain(&mistake.to_string());
                return ExitCode::from(2);
            }
        };
        let dags = DagSet::build(self.name, self.dags, defaults);
        let done = match command {
            Command::Serve(arguments) => serve(dags, arguments).map_err(|error| chain(&error)),
            Command::List { json } => by_hand::list(&dags, json),
            Command::Validate => Ok(by_hand::validate(&dags)),
            Command::Test(arguments) => by_hand::test(&dags, &arguments),
            Command::Help => {
                print(&USAGE);
                Ok(ExitCode::SUCCESS)
            }
        };
        done.unwrap_or_else(|error| {
            complain(&error);
            ExitCode::FAILURE
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the engine tells a bundle program its settings in its environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

fn print(text: &dyn std::fmt::Display) {
    // A reader that has seen enough is no error.
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn complain(text: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(std::io::stderr(), "error: {text}");
}

fn warn(text: &str) {
    let _ = writeln!(std::io::stderr(), "warning: {text}");
}
