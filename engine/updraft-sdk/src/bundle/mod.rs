//! A bundle: the program that holds DAGs.

mod by_hand;
mod command;
mod dag_set;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

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
    dags: DagSet,
}

impl Bundle {
    /// A bundle without DAGs.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            dags: DagSet::new(name.into()),
        }
    }

    /// Adds a DAG. Mistakes in it are reported when the bundle runs.
    pub fn dag(mut self, dag: Dag) -> Self {
        self.dags.add(dag);
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
        let done = match Command::parse(&arguments) {
            Ok(Command::Serve(arguments)) => serve(self.dags, arguments).map_err(|error| chain(&error)),
            Ok(Command::List { json }) => by_hand::list(&self.dags, json),
            Ok(Command::Validate) => Ok(by_hand::validate(&self.dags)),
            Ok(Command::Test(arguments)) => by_hand::test(&self.dags, &arguments),
            Ok(Command::Help) => {
                print(&USAGE);
                Ok(ExitCode::SUCCESS)
            }
            Err(mistake) => {
                complain(&format!("{mistake}\n{USAGE}"));
                return ExitCode::from(2);
            }
        };
        done.unwrap_or_else(|error| {
            complain(&error);
            ExitCode::FAILURE
        })
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
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
