//! `tasks mark-success`, `tasks mark-failed`, `tasks mark-skipped`.

use anyhow::Result;
use updraft_model::{Reach, TaskId, TaskInstanceState};
use updraft_store::{ChosenTask, Effect, Mark, MarkedChoice, StateChoice};

use crate::cli::app::App;
use crate::cli::args::TasksMarkArgs;
use crate::cli::choice::{self, Choice, Runs, Tasks};
use crate::cli::{ask, output};

/// Sets the state of the task instances that the arguments name, after asking.
pub(super) async fn run(args: TasksMarkArgs, state: TaskInstanceState, app: &App) -> Result<()> {
    let choice = chosen(&args, app).await?;
    let confirm = args.confirm;
    if confirm.dry_run || !confirm.yes {
        let planned = mark(&choice, state, Effect::DryRun, app).await?;
        if planned.marked.is_empty() {
            return output::print(&format!("Nothing to mark: all of it is `{state}`."));
        }
        output::print(&list(&planned, state))?;
        let count = choice::count(&planned.marked);
        if confirm.dry_run {
            return output::print(&format!("{count} task instances would be marked {state}"));
        }
        let question = format!("You are about to mark {count} task instances {state}. Are you sure? (y/n)");
        if !ask::yes(&question)? {
            return output::print("Cancelled, nothing was marked.");
        }
    }
    let marked = mark(&choice, state, Effect::Lasting, app).await?;
    let count = choice::count(&marked.marked);
    let cleared = match choice::count(&marked.cleared) {
        0 => String::new(),
        cleared => format!("; {cleared} after them have been cleared"),
    };
    output::print(&format!(
        "{count} task instances have been marked {state}{cleared}"
    ))
}

async fn chosen(args: &TasksMarkArgs, app: &App) -> Result<Choice> {
    let instance = &args.instance;
    let dag = app.dag(&instance.dag_id).await?;
    let run = app.run(&dag, &instance.execution_date_or_run_id).await?;
    // A task that the run has, or else one of the DAG; the error names the closest.
    let of_run = TaskId::parse(&instance.task_id)
        .ok()
        .filter(|id| run.spec.task(id).is_some());
    let task_id = match of_run {
        Some(task_id) => task_id,
        None => app.task(&dag, &instance.task_id)?,
    };
    Ok(Choice {
        dag_id: dag.dag_id,
        runs: Runs::Around {
            run_id: run.key.run_id,
            past: args.past,
            future: args.future,
        },
        tasks: Tasks::Named(task_id),
        map_index: Some(instance.map_index).filter(|index| *index >= 0),
        reach: Reach {
            upstream: args.upstream,
            downstream: args.downstream,
        },
        states: StateChoice::Any,
    })
}

async fn mark(choice: &Choice, state: TaskInstanceState, effect: Effect, app: &App) -> Result<MarkedChoice> {
    let tasks = |spec: &_| choice.tasks.of(spec);
    let outcome = format!("marked {state} by `tasks mark-{state}`");
    let mark = Mark {
        state,
        outcome: &outcome,
        now: app.now(),
    };
    Ok(app.store.mark(&choice.for_store(&tasks), mark, effect).await?)
}

fn list(planned: &MarkedChoice, state: TaskInstanceState) -> String {
    let lines = |chosen: &[ChosenTask], to: &str| {
        let line = |task: &ChosenTask| {
            let from = TaskInstanceState::text(task.state);
            format!("{}: {from} -> {to}", choice::line(task))
        };
        chosen.iter().map(line).collect::<Vec<_>>()
    };
    let mut all = lines(&planned.marked, state.as_str());
    all.extend(lines(&planned.cleared, "none, cleared"));
    all.join("\n")
}
