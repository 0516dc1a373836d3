//! `tasks ...`.

mod clear;
mod inline;
mod kill;
mod list;
mod logs;
mod mark;
mod run;
mod state;
mod states_for_dag_run;
mod test;
mod why;

use anyhow::{Result, bail};
use updraft_model::{MapIndex, TaskId, TaskInstanceState, TaskKey};
use updraft_store::{StoredRun, TaskInstanceRow};

pub(crate) use clear::states;

use super::app::App;
use super::args::{TaskInstanceArgs, TasksCommand};
use super::{installation, python_program};
use crate::config::Settings;

/// Runs a `tasks` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: TasksCommand, settings: Settings) -> Result<()> {
    if let TasksCommand::Render(args) = &command {
        return Box::pin(python_program::render_task(args, settings)).await;
    }
    let command = match command {
        TasksCommand::List(args) => return list::run(args, &*installation::open(settings).await?).await,
        TasksCommand::StatesForDagRun(args) => {
            return states_for_dag_run::run(args, &*installation::open(settings).await?).await;
        }
        TasksCommand::Logs(args) => return logs::run(args, &*installation::open(settings).await?).await,
        TasksCommand::Clear(args) => return clear::run(args, &*installation::open(settings).await?).await,
        other => other,
    };
    installation::must_be_here(&settings)?;
    let app = App::open(settings).await?;
    match command {
        TasksCommand::Render(_)
        | TasksCommand::List(_)
        | TasksCommand::StatesForDagRun(_)
        | TasksCommand::Logs(_)
        | TasksCommand::Clear(_) => Ok(()),
        TasksCommand::State(args) => state::run(args, &app).await,
        TasksCommand::Test(args) => test::run(args, &app).await,
        TasksCommand::Run(args) => run::run(*args, &app).await,
        TasksCommand::Why(args) => why::run(args, &app).await,
        TasksCommand::Kill(args) => kill::run(args, &app).await,
        TasksCommand::MarkSuccess(args) => mark::run(args, TaskInstanceState::Success, &app).await,
        TasksCommand::MarkFailed(args) => mark::run(args, TaskInstanceState::Failed, &app).await,
        TasksCommand::MarkSkipped(args) => mark::run(args, TaskInstanceState::Skipped, &app).await,
    }
}

/// The run and the task instance that the arguments name.
///
/// # Errors
/// There is no such DAG, task, run or instance.
async fn find(args: &TaskInstanceArgs, app: &App) -> Result<(StoredRun, TaskInstanceRow)> {
    let dag = app.dag(&args.dag_id).await?;
    let run = app.run(&dag, &args.execution_date_or_run_id).await?;
    let wanted = MapIndex(args.map_index);
    if let Ok(task_id) = TaskId::parse(&args.task_id) {
        let key = run.key.task(task_id, wanted);
        if let Some(task) = app.store.task_instance(&key).await? {
            return Ok((run, task));
        }
    }
    // A task that its DAG has, but the run not; or a mistyped one, which the error explains.
    let task_id = app.task(&dag, &args.task_id)?;
    let run_id = &run.key.run_id;
    if let Some(length) = app.store.mapped_length(&run.key, &task_id).await? {
        let last = length - 1;
        bail!(
            "`{task_id}` is mapped and has {length} copies in run `{run_id}`; name one with --map-index, 0 to {last}"
        );
    }
    bail!("run `{run_id}` has no instance of `{task_id}` with map index {wanted}")
}

/// What a task instance is called: `t`, or `t[3]` for a copy.
pub(crate) fn name(key: &TaskKey) -> String {
    match key.map_index {
        MapIndex::UNMAPPED => key.task_id.to_string(),
        MapIndex(copy) => format!("{}[{copy}]", key.task_id),
    }
}
