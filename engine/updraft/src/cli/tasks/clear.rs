//! `tasks clear`.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;
use updraft_model::{DagId, DagSpec, Reach, TaskId, TaskIndex, TaskInstanceState, TaskKey, isoformat};

use crate::cli::app::{App, whole};
use crate::cli::args::TasksClearArgs;
use crate::cli::dates::DateRange;
use crate::cli::{ask, closest, output};

/// Clears the task instances that the arguments name, after asking.
pub(super) async fn run(args: TasksClearArgs, app: &App) -> Result<()> {
    let dags: Vec<DagId> = if args.dag_regex {
        app.dags_matching(&args.dag_id).await?
    } else {
        vec![app.dag(&args.dag_id).await?.dag_id]
    };
    let mut chosen = Vec::new();
    for dag_id in &dags {
        chosen.extend(choose(&args, dag_id, app).await?);
    }
    if chosen.is_empty() {
        return output::print("Nothing to clear.");
    }
    if !args.yes {
        output::print(&list(&chosen))?;
        if !ask::yes(&format!(
            "You are about to clear {} task instances. Are you sure? (y/n)",
            chosen.len()
        ))? {
            return output::print("Cancelled, nothing was cleared.");
        }
    }
    let keys: Vec<TaskKey> = chosen.into_iter().map(|(key, _)| key).collect();
    let cleared = app.store.clear_tasks(&keys, app.now()).await?.tasks.len();
    output::print(&format!("{cleared} task instances have been cleared"))
}

/// The instances of one DAG to be cleared, with the logical dates of their runs.
async fn choose(args: &TasksClearArgs, dag_id: &DagId, app: &App) -> Result<Vec<(TaskKey, Timestamp)>> {
    let dag = app.dag(dag_id.as_str()).await?;
    let tasks = selected(args, &dag.spec)?;
    let range = DateRange::between(args.start_date.as_deref(), args.end_date.as_deref())?;
    let mut chosen = Vec::new();
    for run in app.runs_between(dag_id, &range).await? {
        let Some(run) = app.store.stored_run(&run.key).await? else {
            continue;
        };
        for task in &run.tasks {
            let wanted = match task.state {
                None => false,
                Some(state) if args.only_failed => {
                    matches!(
                        state,
                        TaskInstanceState::Failed | TaskInstanceState::UpstreamFailed
                    )
                }
                Some(state) if args.only_running => state == TaskInstanceState::Running,
                Some(_) => true,
            };
            if wanted && tasks.contains(&task.task_id) {
                chosen.push((
                    run.key.task(task.task_id.clone(), task.map_index),
                    run.logical_date,
                ));
            }
        }
    }
    Ok(chosen)
}

/// The tasks that match `-t` or the positional argument, with their neighbours if asked, and with the setups and teardowns
/// that they need.
fn selected(args: &TasksClearArgs, spec: &Arc<DagSpec>) -> Result<BTreeSet<TaskId>> {
    let ids = || spec.tasks.iter().map(|task| &task.task_id);
    let Some(expression) = args.task.as_deref().or(args.task_regex.as_deref()) else {
        return Ok(ids().cloned().collect());
    };
    // An id is taken as it is; Airflow's `-t` searches anywhere in the id.
    let exact: BTreeSet<TaskId> = ids().filter(|id| id.as_str() == expression).cloned().collect();
    let found = if exact.is_empty() {
        whole(&format!(".*(?:{expression}).*")).map(|pattern| {
            ids()
                .filter(|id| pattern.is_match(id.as_str()))
                .cloned()
                .collect()
        })?
    } else {
        exact
    };
    if found.is_empty() {
        let hint = closest::hint(expression, ids().map(TaskId::as_str));
        anyhow::bail!(
            "DAG `{}` has no task that matches `{expression}`{hint}",
            spec.dag_id
        );
    }
    let dag = Arc::clone(spec).validate()?;
    let chosen = found.iter().filter_map(|id| dag.graph().index(id)).collect();
    let reach = Reach {
        upstream: args.upstream,
        downstream: args.downstream,
    };
    let ids = |task: TaskIndex| dag.spec().tasks[task.at()].task_id.clone();
    Ok(dag.to_clear(&chosen, reach).into_iter().map(ids).collect())
}

fn list(chosen: &[(TaskKey, Timestamp)]) -> String {
    let line =
        |(key, date): &(TaskKey, Timestamp)| format!("{} {} {}", key.dag_id, isoformat(*date), key.task_id);
    chosen.iter().map(line).collect::<Vec<_>>().join("\n")
}
