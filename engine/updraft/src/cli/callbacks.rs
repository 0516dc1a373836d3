//! `callbacks list`: events that callbacks are or were called for.

use std::path::PathBuf;

use anyhow::Result;
use updraft_model::{DagId, RunId, isoformat};
use updraft_store::{CallbackFilter, CallbackRow, CallbackState};
use updraft_worker::{callback_log_path, run_callback_log_path};

use super::app::{App, date_or_empty};
use super::args::{CallbacksCommand, CallbacksListArgs};
use crate::cli::output::Rows;
use crate::config::Settings;
use crate::row;

/// Runs a `callbacks` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: CallbacksCommand, settings: Settings) -> Result<()> {
    let app = App::open(settings).await?;
    match command {
        CallbacksCommand::List(args) => list(args, &app).await,
    }
}

async fn list(args: CallbacksListArgs, app: &App) -> Result<()> {
    let filter = CallbackFilter {
        dag_id: args.of.dag_id.as_deref().map(DagId::parse).transpose()?,
        run_id: args.of.run_id.as_deref().map(RunId::parse).transpose()?,
        state: args
            .state
            .as_deref()
            .map(str::parse::<CallbackState>)
            .transpose()?,
        limit: args.of.limit,
    };
    let mut rows = Rows::default();
    for callback in app.store.callbacks(&filter).await? {
        let is_waiting = callback.state == CallbackState::Queued;
        rows.push(row! {
            "dag_id": callback.run.dag_id,
            "run_id": callback.run.run_id,
            "task_id": callback.attempt.as_ref().map(|of| of.task_id.as_str()).unwrap_or_default(),
            "map_index": callback.attempt.as_ref().map(|of| of.map_index.0).filter(|index| *index >= 0),
            "callback": callback.event.as_str(),
            "reason": callback.reason,
            "happened_at": isoformat(callback.created_at),
            "state": callback.state.as_str(),
            "tries": callback.tries,
            "next_try_at": date_or_empty(is_waiting.then_some(callback.next_try_at)),
            "outcome": callback.outcome.as_deref().unwrap_or_default(),
            "log": log(&callback, app).display().to_string(),
        });
    }
    rows.print(args.of.output.output)
}

/// Where the log of callbacks lies.
fn log(callback: &CallbackRow, app: &App) -> PathBuf {
    let (folder, event) = (&app.settings.base_log_folder, callback.event);
    match callback.task_key().zip(callback.attempt.as_ref()) {
        Some((key, of)) => callback_log_path(folder, &key, of.try_number, event),
        None => run_callback_log_path(folder, &callback.run, event),
    }
}
