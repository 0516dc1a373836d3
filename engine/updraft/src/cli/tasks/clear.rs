//! `tasks clear`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;
use updraft_model::{
    DagId, DagSpec, MapIndex, Reach, TaskId, TaskIndex, TaskInstanceState, TaskKey, isoformat,
};
use updraft_store::{StoredRun, StoredTask};

use super::name;
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
        let count: u32 = chosen.iter().map(|chosen| chosen.count).sum();
        if !ask::yes(&format!(
            "You are about to clear {count} task instances. Are you sure? (y/n)"
        ))? {
            return output::print("Cancelled, nothing was cleared.");
        }
    }
    let counts: BTreeMap<TaskKey, u32> = chosen
        .into_iter()
        .map(|chosen| (chosen.key, chosen.count))
        .collect();
    let keys: Vec<TaskKey> = counts.keys().cloned().collect();
    let cleared = app.store.clear_tasks(&keys, app.now()).await?.tasks;
    let cleared: u32 = cleared.iter().filter_map(|task| counts.get(&task.key)).sum();
    output::print(&format!("{cleared} task instances have been cleared"))
}

/// A task instance to be cleared, or all copies of a task that have not begun.
struct Chosen {
    key: TaskKey,
    logical_date: Timestamp,
    /// How many instances it is.
    count: u32,
}

/// The instances of one DAG to be cleared, with the logical dates of their runs.
async fn choose(args: &TasksClearArgs, dag_id: &DagId, app: &App) -> Result<Vec<Chosen>> {
    let dag = app.dag(dag_id.as_str()).await?;
    let Selected { tasks, by_copy } = selected(args, &dag.spec)?;
    let range = DateRange::between(args.start_date.as_deref(), args.end_date.as_deref())?;
    let mut chosen = Vec::new();
    for run in app.runs_between(dag_id, &range).await? {
        let Some(run) = app.store.stored_run(&run.key).await? else {
            continue;
        };
        let wanted = |task: &&StoredTask| is_wanted(args, task.state) && tasks.contains(&task.task_id);
        for task in run.tasks.iter().filter(wanted) {
            let is_shared = task.mapped_length.is_some();
            let wanted = args.map_index.filter(|_| by_copy.contains(&task.task_id));
            let (map_index, count) = match wanted {
                None if is_shared => (task.map_index, run.copies_without_row(&task.task_id)),
                // Copies without a row are like the one that they share.
                Some(index) if is_shared && !has_row(&run, &task.task_id, index) => {
                    let is_there = task.mapped_length > u32::try_from(index).ok();
                    (MapIndex(index), u32::from(is_there))
                }
                Some(index) => (task.map_index, u32::from(task.map_index == MapIndex(index))),
                None => (task.map_index, 1),
            };
            if count > 0 {
                chosen.push(Chosen {
                    key: run.key.task(task.task_id.clone(), map_index),
                    logical_date: run.logical_date,
                    count,
                });
            }
        }
    }
    Ok(chosen)
}

/// Whether tasks in that state are to be cleared.
fn is_wanted(args: &TasksClearArgs, state: Option<TaskInstanceState>) -> bool {
    use TaskInstanceState::{Failed, Running, UpstreamFailed};

    match state {
        None => false,
        Some(state) if args.only_failed => matches!(state, Failed | UpstreamFailed),
        Some(state) if args.only_running => state == Running,
        Some(_) => true,
    }
}

fn has_row(run: &StoredRun, task_id: &TaskId, index: i32) -> bool {
    let is_it = |task: &StoredTask| task.task_id == *task_id && task.map_index == MapIndex(index);
    run.tasks.iter().any(is_it)
}

/// The tasks that match `-t` or the positional argument, with their neighbours if asked, and with the setups and teardowns
/// that they need.
fn selected(args: &TasksClearArgs, spec: &Arc<DagSpec>) -> Result<Selected> {
    let ids = || spec.tasks.iter().map(|task| &task.task_id);
    let Some(expression) = args.task.as_deref().or(args.task_regex.as_deref()) else {
        let tasks: BTreeSet<TaskId> = ids().cloned().collect();
        return Ok(Selected {
            by_copy: tasks.clone(),
            tasks,
        });
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
    let chosen: BTreeSet<TaskIndex> = found.iter().filter_map(|id| dag.graph().index(id)).collect();
    let reach = Reach {
        upstream: args.upstream,
        downstream: args.downstream,
    };
    let ids = |task: &TaskIndex| dag.spec().tasks[task.at()].task_id.clone();
    let is_by_copy = |task: &&TaskIndex| {
        chosen.contains(task)
            || chosen
                .iter()
                .any(|other| dag.mapping().are_together(*other, **task))
    };
    let all = dag.to_clear(&chosen, reach);
    Ok(Selected {
        by_copy: all.iter().filter(is_by_copy).map(ids).collect(),
        tasks: all.iter().map(ids).collect(),
    })
}

/// The tasks to be cleared.
struct Selected {
    tasks: BTreeSet<TaskId>,
    /// Those of which `--map-index` names the copy: the chosen ones, and those that are mapped together with them.
    by_copy: BTreeSet<TaskId>,
}

fn list(chosen: &[Chosen]) -> String {
    let line = |chosen: &Chosen| {
        let (key, date) = (&chosen.key, isoformat(chosen.logical_date));
        let copies = if chosen.count > 1 {
            format!(", {} copies", chosen.count)
        } else {
            String::new()
        };
        format!("{} {date} {}{copies}", key.dag_id, name(key))
    };
    chosen.iter().map(line).collect::<Vec<_>>().join("\n")
}
