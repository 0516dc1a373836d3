//! `tasks why`: what keeps a task instance from running, or what ended it.

use anyhow::{Context, Result};
use jiff::Timestamp;
use updraft_model::{DagId, TaskInstanceState, TaskKey};
use updraft_scheduler::{WaitReason, explain};
use updraft_store::{DagFilter, LeaseHeld};

use crate::cli::app::{App, date_or_empty};
use crate::cli::args::TasksWhyArgs;
use crate::cli::output::Rows;
use crate::row;

/// Prints every reason, the one that matters most first.
pub(super) async fn run(args: TasksWhyArgs, app: &App) -> Result<()> {
    let (run, task) = super::find(&args.instance, app).await?;
    let scheduler = scheduler(app).await?;
    let reasons = reasons(&task.key, app).await?;
    let is_over = run.state.is_finished() || task.state.is_some_and(TaskInstanceState::is_finished);
    let mut rows = Rows::default();
    let mut add = |code: &str, reason: &str, until: Option<Timestamp>| {
        rows.push(row! {
            "task_id": task.key.task_id,
            "state": TaskInstanceState::text(task.state),
            "code": code,
            "reason": reason,
            "until": date_or_empty(until),
        });
    };
    if !is_over && scheduler.is_none() {
        let sentence = "no scheduler works on this database; start one with `updraft scheduler`";
        add("no_scheduler", sentence, None);
    }
    if reasons.is_empty() {
        add("running", "it runs", None);
    }
    for reason in reasons {
        let mut sentence = reason.sentence;
        if let Some(outcome) = task.outcome.as_ref().filter(|_| is_over) {
            sentence = format!("{sentence}; its last attempt: {outcome}");
        }
        add(reason.code.as_str(), &sentence, reason.until);
    }
    rows.print(args.output.output)
}

/// Why a task instance does not run, or how it ended.
pub(super) async fn reasons(key: &TaskKey, app: &App) -> Result<Vec<WaitReason>> {
    let is_unreadable = match scheduler(app).await? {
        Some(held) => is_unreadable(app, &key.dag_id, held.acquired_at).await?,
        None => false,
    };
    let members = app.store.jobs().await?;
    let parallelism = app.settings.parallelism + members.iter().map(|job| job.slots).sum::<usize>();
    let reasons = explain(&app.store, key, parallelism, is_unreadable, app.now()).await?;
    reasons.context("the run was deleted just now")
}

/// The scheduler that is at work.
pub(super) async fn scheduler(app: &App) -> Result<Option<LeaseHeld>> {
    let now = app.now();
    Ok(app.store.scheduler().await?.filter(|held| held.expires_at > now))
}

/// Whether a scheduler that started at `start` could not read the source of a DAG since then.
async fn is_unreadable(app: &App, dag_id: &DagId, start: Timestamp) -> Result<bool> {
    let dags = app.store.dags(DagFilter::default()).await?;
    let Some(dag) = dags.into_iter().find(|dag| dag.dag_id == *dag_id) else {
        return Ok(false);
    };
    let errors = app.store.import_errors().await?;
    Ok(dag.parsed_at < start && errors.iter().any(|error| error.source == dag.source))
}
