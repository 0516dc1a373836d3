//! `tasks run`: has the scheduler run one task of a run, waits for it, and prints its log.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use updraft_model::{Reach, TaskInstanceState, TaskKey};
use updraft_scheduler::WaitCode;
use updraft_store::{Effect, RunVersion, StateChoice, TaskInstanceRow};

use super::{find, mark, name, why};
use crate::cli::app::App;
use crate::cli::args::{Confirm, TasksMarkArgs, TasksRunArgs};
use crate::cli::choice::{Choice, Runs, Tasks};
use crate::cli::dates::DateRange;
use crate::cli::{clear, installation, output};

/// How often is looked whether the task has ended.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// What does not go away by waiting a little: somebody or something else must act first.
const BLOCKED: [WaitCode; 8] = [
    WaitCode::DagPaused,
    WaitCode::DagInactive,
    WaitCode::SourceUnreadable,
    WaitCode::UpstreamUnfinished,
    WaitCode::SetupUnfinished,
    WaitCode::MapSourceUnfinished,
    WaitCode::DependsOnPast,
    WaitCode::PoolMissing,
];

/// Runs the task; fails if it fails, or cannot run now.
pub(super) async fn run(args: TasksRunArgs, app: &App) -> Result<()> {
    if args.dry_run {
        return dry_run(&args, app).await;
    }
    let (run, task) = find(&args.instance, app).await?;
    if args.mark_success {
        let args = TasksMarkArgs {
            instance: args.instance,
            upstream: false,
            downstream: false,
            past: false,
            future: false,
            confirm: Confirm {
                dry_run: false,
                yes: true,
            },
        };
        return mark::run(args, TaskInstanceState::Success, app).await;
    }
    let what = format!("`{}` of run `{}`", name(&task.key), run.key.run_id);
    if let Some(state) = task.state.filter(|state| state.is_finished()) {
        if !args.force {
            bail!("{what} is {state} already; --force has it run again");
        }
        must_be_scheduled(app).await?;
        clear::here(&only(&task.key), RunVersion::Same, Effect::Lasting, app).await?;
    }
    let ended = wait(&task.key, app).await?;
    if ended.try_number > 0 {
        installation::print_log(&task.key, ended.try_number, app)?;
    }
    match ended.state {
        Some(TaskInstanceState::Failed | TaskInstanceState::UpstreamFailed) => {
            let outcome = ended
                .outcome
                .map(|outcome| format!(": {outcome}"))
                .unwrap_or_default();
            bail!("{what} has failed{outcome}")
        }
        state => output::print(&format!("{what} is {}", TaskInstanceState::text(state))),
    }
}

/// Waits until the task has ended.
async fn wait(key: &TaskKey, app: &App) -> Result<TaskInstanceRow> {
    loop {
        let task = app.store.task_instance(key).await?;
        let task = task.context("the run was deleted meanwhile")?;
        if task.state.is_some_and(TaskInstanceState::is_finished) {
            return Ok(task);
        }
        must_be_scheduled(app).await?;
        if task.state.is_none() {
            let reasons = why::reasons(key, app).await?;
            if let Some(blocked) = reasons.iter().find(|reason| BLOCKED.contains(&reason.code)) {
                bail!(
                    "`{}` cannot run now: {}; `tasks test` tries it out as it is",
                    name(key),
                    blocked.sentence
                );
            }
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

async fn must_be_scheduled(app: &App) -> Result<()> {
    if why::scheduler(app).await?.is_none() {
        bail!(
            "no scheduler works on this database; start one with `updraft scheduler`, or try the task out with `updraft tasks test`"
        );
    }
    Ok(())
}

/// One task of one run.
fn only(key: &TaskKey) -> Choice {
    Choice {
        dag_id: key.dag_id.clone(),
        runs: Runs::Around {
            run_id: key.run_id.clone(),
            past: false,
            future: false,
        },
        tasks: Tasks::Named(key.task_id.clone()),
        map_index: Some(key.map_index.0).filter(|index| *index >= 0),
        reach: Reach::default(),
        states: StateChoice::Any,
    }
}

/// Says what the task is, and of a run that exists what it would wait for.
async fn dry_run(args: &TasksRunArgs, app: &App) -> Result<()> {
    let named = &args.instance;
    let dag = app.dag(&named.dag_id).await?;
    let task_id = app.task(&dag, &named.task_id)?;
    let at = &named.execution_date_or_run_id;
    if app.run(&dag, at).await.is_ok() {
        let (run, task) = find(named, app).await?;
        let state = TaskInstanceState::text(task.state);
        let what = format!("`{}` of run `{}` is {state}", name(&task.key), run.key.run_id);
        let reasons = why::reasons(&task.key, app).await?;
        let reasons: Vec<&str> = reasons.iter().map(|reason| reason.sentence.as_str()).collect();
        output::print(&format!("{what}: {}", reasons.join("; ")))?;
    } else {
        DateRange::parse(at).with_context(|| format!("`{}` has no run `{at}`", dag.dag_id))?;
        let sentence = "there is no run at that date; `tasks test` tries the task out without one";
        output::print(&format!("`{task_id}` of `{}`: {sentence}", dag.dag_id))?;
    }
    let spec = dag
        .spec
        .task(&task_id)
        .context("the task was found a moment ago")?;
    output::print(&serde_json::to_string_pretty(spec)?)
}
