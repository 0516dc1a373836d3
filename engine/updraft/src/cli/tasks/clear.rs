//! `tasks clear`.

use anyhow::Result;
use updraft_model::{DagId, Reach};
use updraft_store::StateChoice;

use crate::cli::args::TasksClearArgs;
use crate::cli::choice::{Choice, Runs, Tasks};
use crate::cli::clear;
use crate::cli::dates::DateRange;
use crate::cli::installation::{self, Installation};

/// Clears the task instances that the arguments name, after asking.
pub(super) async fn run(args: TasksClearArgs, installation: &dyn Installation) -> Result<()> {
    let dags: Vec<String> = if args.dag_regex {
        installation::dags_matching(installation, &args.dag_id).await?
    } else {
        vec![installation::dag(installation, &args.dag_id).await?.dag_id]
    };
    let how = &args.how;
    let range = DateRange::between(how.start_date.as_deref(), how.end_date.as_deref())?;
    let mut choices = Vec::with_capacity(dags.len());
    for dag_id in dags {
        let tasks = Tasks::matching(args.task.as_deref().or(args.task_regex.as_deref()))?;
        let known = installation.tasks(&dag_id).await?;
        let dag_id = DagId::parse(&dag_id)?;
        tasks.must_be_in(&dag_id, known.iter().map(|task| task.task_id.as_str()))?;
        choices.push(Choice {
            dag_id,
            runs: Runs::Between(range),
            tasks,
            map_index: args.map_index,
            reach: Reach {
                upstream: args.upstream,
                downstream: args.downstream,
            },
            states: states(args.only_failed, args.only_running),
        });
    }
    clear::run(&choices, how, installation).await
}

/// In which states tasks are cleared. Airflow lets the first of both flags count.
pub(crate) const fn states(only_failed: bool, only_running: bool) -> StateChoice {
    match (only_failed, only_running) {
        (true, _) => StateChoice::Failed,
        (false, true) => StateChoice::Running,
        (false, false) => StateChoice::Any,
    }
}
