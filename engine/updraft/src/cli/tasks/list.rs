//! `tasks list`.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::Result;
use updraft_model::{DagSpec, TaskId};

use crate::cli::app::App;
use crate::cli::args::TasksListArgs;
use crate::cli::output;

/// Prints the ids of a DAG's tasks, one a line, or as a tree.
pub(super) async fn run(args: TasksListArgs, app: &App) -> Result<()> {
    let dag = app.dag(&args.dag_id).await?;
    if args.tree {
        return output::print(tree(&dag.spec).trim_end());
    }
    let ids: BTreeSet<&str> = dag.spec.tasks.iter().map(|task| task.task_id.as_str()).collect();
    output::print(&ids.into_iter().collect::<Vec<_>>().join("\n"))
}

/// Each root with everything after it, a level deeper per arrow, as Airflow draws it.
fn tree(spec: &DagSpec) -> String {
    let mut text = String::new();
    for root in spec.tasks.iter().filter(|task| task.upstream_task_ids.is_empty()) {
        branch(spec, &root.task_id, 0, &mut text);
    }
    text
}

fn branch(spec: &DagSpec, task_id: &TaskId, depth: usize, text: &mut String) {
    let operator = spec
        .task(task_id)
        .map(|task| task.operator.as_str())
        .unwrap_or_default();
    let _ = writeln!(text, "{}<Task({operator}): {task_id}>", "    ".repeat(depth));
    for next in spec
        .tasks
        .iter()
        .filter(|task| task.upstream_task_ids.contains(task_id))
    {
        branch(spec, &next.task_id, depth + 1, text);
    }
}
