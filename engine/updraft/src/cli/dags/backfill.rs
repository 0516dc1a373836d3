//! `dags backfill`: the command of Airflow 2, which waits until the backfill is over.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use updraft_model::{BackfillId, BackfillState, DagId, ReprocessBehavior};
use updraft_store::{BackfillRow, Effect, NewBackfill, RunVersion};

use crate::cli::app::App;
use crate::cli::args::{DagsBackfillArgs, Format};
use crate::cli::{ask, backfill, conf, output, progress};

/// How often it is looked whether the backfill is over.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Airflow 3's limit for a backfill that names none.
const MAX_ACTIVE_RUNS: u32 = 10;

/// Makes a backfill of each DAG, and waits until all are over.
pub(super) async fn run(args: DagsBackfillArgs, app: &App) -> Result<()> {
    let dags: Vec<DagId> = if args.treat_dag_id_as_regex || args.treat_dag_as_regex {
        app.dags_matching(&args.dag_id).await?
    } else {
        vec![app.dag(&args.dag_id).await?.dag_id]
    };
    let mut made = Vec::new();
    for dag_id in dags {
        let new = new(dag_id, &args)?;
        if args.dry_run {
            let planned = backfill::make(&new, Effect::DryRun, app).await?;
            backfill::print(&planned, Format::Table)?;
            continue;
        }
        if new.reprocess != ReprocessBehavior::None && !args.yes {
            let question = format!(
                "You are about to run runs of `{}` again that are over. Are you sure? (y/n)",
                new.dag_id
            );
            if !ask::yes(&question)? {
                return output::print("Cancelled, nothing was done.");
            }
        }
        let created = backfill::make(&new, Effect::Lasting, app).await?;
        backfill::print(&created, Format::Table)?;
        made.push(created.id);
    }
    let mut failed = 0;
    for id in made {
        failed += wait(id, app).await?;
    }
    if failed > 0 {
        bail!("{failed} runs failed; `updraft tasks clear` runs them again");
    }
    Ok(())
}

fn new(dag_id: DagId, args: &DagsBackfillArgs) -> Result<NewBackfill> {
    let (start, end) = (args.start_date.as_deref(), args.end_date.as_deref());
    let Some((from, until)) = start.or(end).zip(end.or(start)) else {
        bail!("give the dates: `-s DATE`, `-e DATE`, or both");
    };
    Ok(NewBackfill {
        dag_id,
        dates: backfill::dates(from, until, args.run_backwards)?,
        max_active_runs: MAX_ACTIVE_RUNS,
        reprocess: match (args.reset_dagruns, args.rerun_failed_tasks) {
            (true, _) => ReprocessBehavior::Completed,
            (false, true) => ReprocessBehavior::Failed,
            (false, false) => ReprocessBehavior::None,
        },
        version: RunVersion::Latest,
        conf: args
            .conf
            .as_deref()
            .map(|text| conf::parse(text, "--conf"))
            .transpose()?,
        triggered_by: None,
        told: None,
    })
}

/// Waits until a backfill is over. Gives how many of its runs failed.
async fn wait(id: BackfillId, app: &App) -> Result<u32> {
    let held = app.store.scheduler().await?;
    if held.is_none_or(|held| held.expires_at <= app.now()) {
        tracing::warn!("no scheduler works on this database; start one with `updraft scheduler`");
    }
    let bar = progress::bar(0, "runs");
    loop {
        let backfill = app
            .store
            .backfill(id)
            .await?
            .context("the backfill was deleted just now")?;
        let runs = backfill.runs;
        let over = runs.success + runs.failed;
        bar.set_length(u64::from(over + runs.queued + runs.running));
        bar.set_position(u64::from(over));
        if !backfill.state.is_open() {
            bar.finish_and_clear();
            output::print(&summary(&backfill))?;
            return Ok(backfill.runs.failed);
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

fn summary(backfill: &BackfillRow) -> String {
    let BackfillRow { id, state, runs, .. } = backfill;
    let how = match state {
        BackfillState::Cancelled => "was cancelled",
        BackfillState::Active | BackfillState::Paused | BackfillState::Completed => "is complete",
    };
    format!(
        "backfill {id} {how}: {} runs succeeded, {} failed",
        runs.success, runs.failed
    )
}
