//! `dags mark-success`, `dags mark-failed`, `dags mark-queued`.

use anyhow::Result;
use updraft_model::{DagRunState, RunKey};
use updraft_store::{Effect, MarkedRun, RunMark};

use crate::cli::app::App;
use crate::cli::args::DagsMarkArgs;
use crate::cli::tasks::name;
use crate::cli::{ask, output};

/// Sets the state of the run that the arguments name, after asking.
pub(super) async fn run(args: DagsMarkArgs, state: DagRunState, app: &App) -> Result<()> {
    let dag = app.dag(&args.dag_id).await?;
    let key = app.run(&dag, &args.execution_date_or_run_id).await?.key;
    let confirm = args.confirm;
    if confirm.dry_run || !confirm.yes {
        let planned = mark(&key, state, Effect::DryRun, app).await?;
        output::print(&list(&key, &planned))?;
        let question = format!("You are about to mark `{key}` {state}. Are you sure? (y/n)");
        if confirm.dry_run {
            return Ok(());
        }
        if !ask::yes(&question)? {
            return output::print("Cancelled, nothing was marked.");
        }
    }
    let marked = mark(&key, state, Effect::Lasting, app).await?;
    let count = marked.tasks.len();
    output::print(&if marked.to == state {
        format!("`{key}` is {state}; {count} tasks have been set with it")
    } else {
        format!("{count} tasks of `{key}` have been set; it is {state} when its teardowns have run")
    })
}

async fn mark(key: &RunKey, state: DagRunState, effect: Effect, app: &App) -> Result<MarkedRun> {
    let outcome = format!("set when its run was marked {state}");
    let mark = RunMark {
        state,
        outcome: &outcome,
        now: app.now(),
    };
    Ok(app.store.mark_run(key, mark, effect).await?)
}

fn list(key: &RunKey, planned: &MarkedRun) -> String {
    let mut lines = vec![format!("{key}: {} -> {}", planned.from, planned.to)];
    let tasks = planned.tasks.iter();
    lines.extend(tasks.map(|(task, state)| format!("{key} {}: {state}", name(task))));
    lines.join("\n")
}
