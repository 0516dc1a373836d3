//! `tasks ...`.

mod clear;
mod kill;
mod list;
mod logs;
mod state;
mod states_for_dag_run;
mod test;
mod why;

use anyhow::{Result, bail};
use updraft_model::MapIndex;
use updraft_store::{StoredRun, TaskInstanceRow};

use super::app::App;
use super::args::{TaskInstanceArgs, TasksCommand};
use crate::config::Settings;

/// Runs a `tasks` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: TasksCommand, settings: Settings) -> Result<()> {
    let app = App::open(settings).await?;
    match command {
        TasksCommand::List(args) => list::run(args, &app).await,
        TasksCommand::State(args) => state::run(args, &app).await,
        TasksCommand::StatesForDagRun(args) => states_for_dag_run::run(args, &app).await,
        TasksCommand::Test(args) => test::run(args, &app).await,
        TasksCommand::Why(args) => why::run(args, &app).await,
        TasksCommand::Logs(args) => logs::run(args, &app).await,
        TasksCommand::Clear(args) => clear::run(args, &app).await,
        TasksCommand::Kill(args) => kill::run(args, &app).await,
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
    let tasks = app.store.task_instances(&run.key).await?;
    let is_wanted =
        |task: &TaskInstanceRow| task.key.task_id.as_str() == args.task_id && task.key.map_index == wanted;
    if let Some(task) = tasks.into_iter().find(is_wanted) {
        return Ok((run, task));
    }
    // A task that its DAG has, but the run not; or a mistyped one, which the error explains.
    app.task(&dag, &args.task_id)?;
    bail!(
        "run `{}` has no instance of `{}` with map index {wanted}",
        run.key.run_id,
        args.task_id
    )
}
