//! `deadlines list`: by when runs and tasks should have succeeded, and whether they have.

use anyhow::Result;
use updraft_model::{DagId, DeadlineName, RunId, isoformat};
use updraft_store::{DeadlineFilter, DeadlineState};

use super::app::{App, date_or_empty};
use super::args::{DeadlinesCommand, DeadlinesListArgs};
use crate::cli::output::Rows;
use crate::config::Settings;
use crate::row;

/// Runs a `deadlines` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: DeadlinesCommand, settings: Settings) -> Result<()> {
    let app = App::open(settings).await?;
    match command {
        DeadlinesCommand::List(args) => list(args, &app).await,
    }
}

async fn list(args: DeadlinesListArgs, app: &App) -> Result<()> {
    let filter = DeadlineFilter {
        dag_id: args.of.dag_id.as_deref().map(DagId::parse).transpose()?,
        run_id: args.of.run_id.as_deref().map(RunId::parse).transpose()?,
        state: args
            .state
            .as_deref()
            .map(str::parse::<DeadlineState>)
            .transpose()?,
        limit: args.of.limit,
    };
    let mut rows = Rows::default();
    for deadline in app.store.deadlines(&filter).await? {
        let task_id = match &deadline.name {
            DeadlineName::Dag(_) => "",
            DeadlineName::Sla(task_id) => task_id.as_str(),
        };
        rows.push(row! {
            "dag_id": deadline.run.dag_id,
            "run_id": deadline.run.run_id,
            "task_id": task_id,
            "deadline": isoformat(deadline.at.due),
            "counts_from": isoformat(deadline.at.reference),
            "state": deadline.state.as_str(),
            "ended_at": date_or_empty(deadline.ended_at),
        });
    }
    rows.print(args.of.output.output)
}
