//! `tasks list`.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::Result;

use crate::cli::args::TasksListArgs;
use crate::cli::installation::{self, Installation, TaskLine};
use crate::cli::output;

/// Prints the ids of a DAG's tasks, one a line, or as a tree.
pub(super) async fn run(args: TasksListArgs, installation: &dyn Installation) -> Result<()> {
    let dag = installation::dag(installation, &args.dag_id).await?;
    let tasks = installation.tasks(&dag.dag_id).await?;
    if args.tree {
        return output::print(tree(&tasks).trim_end());
    }
    let ids: BTreeSet<&str> = tasks.iter().map(|task| task.task_id.as_str()).collect();
    output::print(&ids.into_iter().collect::<Vec<_>>().join("\n"))
}

/// Each root with everything after it, a level deeper per arrow, as Airflow draws it.
fn tree(tasks: &[TaskLine]) -> String {
    let follows = |task: &&TaskLine| {
        tasks
            .iter()
            .any(|before| before.downstream.contains(&task.task_id))
    };
    let mut text = String::new();
    for root in tasks.iter().filter(|task| !follows(task)) {
        branch(tasks, root, 0, &mut text);
    }
    text
}

fn branch(tasks: &[TaskLine], task: &TaskLine, depth: usize, text: &mut String) {
    let TaskLine {
        task_id, operator, ..
    } = task;
    let _ = writeln!(text, "{}<Task({operator}): {task_id}>", "    ".repeat(depth));
    for next in tasks
        .iter()
        .filter(|next| task.downstream.contains(&next.task_id))
    {
        branch(tasks, next, depth + 1, text);
    }
}
