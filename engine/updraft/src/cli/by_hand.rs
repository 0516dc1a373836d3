//! Programs of our Python package that run DAGs and tasks by hand. They ask this process for the Variables and Connections that
//! the database has: each of their processes by a connection of its own, on a socket that only this user can reach.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};
use std::sync::Arc;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::UnixListener;
use tokio::process::Child;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use updraft_bundle::{ParseAnswers, answer_all};
use updraft_store::DatabaseUrl;

use super::app::App;
use crate::config::Settings;
use crate::python::{self, Answers};

/// The environment variable with the path of the socket; the package knows it by this name.
const SOCKET_VARIABLE: &str = "UPDRAFT_ANSWERS";

/// The program has ended with this exit code, and has said why.
#[derive(Debug, thiserror::Error)]
#[error("the program ended with exit code {0}")]
pub(crate) struct ProgramEnded(pub(crate) u8);

/// Runs a program of our package, on this terminal.
///
/// # Errors
/// There is no Python, or [`ProgramEnded`].
pub(crate) async fn run(arguments: Vec<OsString>, settings: Settings) -> Result<()> {
    let mut program = python::command(&settings)?;
    program.args(arguments);
    let Some(app) = database(settings).await else {
        let error = program.exec();
        return Err(error).with_context(|| cannot_start(&program));
    };
    let folder = tempfile::tempdir().context("cannot make a folder for a socket")?;
    let path = folder.path().join("answers");
    let listener = UnixListener::bind(&path).context("cannot open a socket for what the program asks")?;
    program.env(SOCKET_VARIABLE, &path);
    let text = cannot_start(&program);
    let mut program = tokio::process::Command::from(program);
    let child = program.kill_on_drop(true).spawn().context(text)?;
    let status = attend(child, &listener, Arc::new(Answers::new(&app))).await?;
    if status.success() {
        return Ok(());
    }
    let by_signal = status.signal().map(|number| 128 + number);
    let code = status
        .code()
        .or(by_signal)
        .and_then(|code| u8::try_from(code).ok());
    Err(ProgramEnded(code.unwrap_or(1)).into())
}

fn cannot_start(program: &Command) -> String {
    format!("`{}` cannot be started", program.get_program().display())
}

/// The database, if there is one that is ready; without it there are the Variables and Connections of the environment.
async fn database(settings: Settings) -> Option<App> {
    if let Ok(DatabaseUrl::Sqlite(file)) = settings.database_url.parse()
        && !file.path.exists()
    {
        return None;
    }
    let opened = App::open(settings).await;
    opened
        .inspect_err(|error| {
            tracing::warn!("only Variables and Connections of the environment are there: {error:#}");
        })
        .ok()
}

/// Answers what the program asks until it has ended.
async fn attend(
    mut child: Child,
    listener: &UnixListener,
    answers: Arc<dyn ParseAnswers>,
) -> io::Result<ExitStatus> {
    let mut conversations = JoinSet::new();
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    loop {
        tokio::select! {
            status = child.wait() => return status,
            Ok((socket, _)) = listener.accept() => {
                conversations.spawn(answer_all(socket, Arc::clone(&answers)));
            }
            Some(_) = conversations.join_next() => {}
            // The terminal has told the program too, which ends in its own way.
            Some(()) = interrupts.recv() => {}
            Some(()) = terminations.recv() => {
                if let Some(pid) = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) {
                    // It may have ended in this moment.
                    let _ = kill_process(pid, Signal::TERM);
                }
            }
        }
    }
}
