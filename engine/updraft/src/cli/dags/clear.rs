//! `dags clear`.

use anyhow::Result;
use updraft_model::Reach;

use crate::cli::app::App;
use crate::cli::args::DagsClearArgs;
use crate::cli::choice::{Choice, Runs, Tasks};
use crate::cli::clear;
use crate::cli::dates::DateRange;
use crate::cli::tasks::states;

/// Clears all tasks of the runs that the arguments name, after asking.
pub(super) async fn run(args: DagsClearArgs, app: &App) -> Result<()> {
    let dag = app.dag(&args.dag_id).await?;
    let how = &args.how;
    let runs = match &args.run_id {
        Some(text) => Runs::Around {
            run_id: app.run(&dag, text).await?.key.run_id,
            past: false,
            future: false,
        },
        None => Runs::Between(DateRange::between(
            how.start_date.as_deref(),
            how.end_date.as_deref(),
        )?),
    };
    let choice = Choice {
        dag_id: dag.dag_id,
        runs,
        tasks: Tasks::All,
        map_index: None,
        reach: Reach::default(),
        states: states(args.only_failed, args.only_running),
    };
    clear::run(&[choice], how, app).await
}
