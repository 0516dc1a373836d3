//! `backfill ...`: runs for dates that have passed.

use anyhow::{Result, bail};
use serde_json::{Map, Value};
use updraft_model::{BackfillDates, BackfillEvent, BackfillId, DagId, ReprocessBehavior, isoformat};
use updraft_store::{BackfillFate, BackfillRow, CreatedBackfill, Effect, NewBackfill, RunVersion};

use super::app::{App, date_or_empty};
use super::args::{BackfillArgs, BackfillCommand, BackfillCreateArgs, BackfillListArgs, Behavior, Format};
use super::dates::DateRange;
use super::output::{self, Rows};
use super::{ask, conf, timetable};
use crate::config::Settings;
use crate::row;

/// Runs a `backfill` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: BackfillCommand, settings: Settings) -> Result<()> {
    let app = App::open(settings).await?;
    match command {
        BackfillCommand::Create(args) => create(args, &app).await,
        BackfillCommand::List(args) => list(args, &app).await,
        BackfillCommand::Pause(args) => change(args, BackfillEvent::Pause, &app).await,
        BackfillCommand::Unpause(args) => change(args, BackfillEvent::Unpause, &app).await,
        BackfillCommand::Cancel(args) => change(args, BackfillEvent::Cancel, &app).await,
    }
}

async fn create(args: BackfillCreateArgs, app: &App) -> Result<()> {
    let dag = app.dag(&args.dag_id).await?;
    let new = NewBackfill {
        dag_id: dag.dag_id,
        dates: dates(&args.from_date, &args.to_date, args.run_backwards)?,
        max_active_runs: args.max_active_runs,
        reprocess: args.reprocess_behavior.into(),
        version: if args.run_on_latest_version {
            RunVersion::Latest
        } else {
            RunVersion::Same
        },
        conf: args
            .dag_run_conf
            .as_deref()
            .map(|text| conf::parse(text, "--dag-run-conf"))
            .transpose()?,
        triggered_by: None,
        told: None,
    };
    let effect = if args.dry_run {
        Effect::DryRun
    } else {
        Effect::Lasting
    };
    let created = make(&new, effect, app).await?;
    print(&created, args.output.output)?;
    if effect == Effect::Lasting {
        let id = created.id;
        tracing::warn!("this is backfill {id}; `updraft backfill list` tells how far it is");
    }
    Ok(())
}

/// Makes a backfill, and says so if its runs will not start.
pub(crate) async fn make(new: &NewBackfill, effect: Effect, app: &App) -> Result<CreatedBackfill> {
    let dag = app.dag(new.dag_id.as_str()).await?;
    let new = &NewBackfill {
        told: timetable::backfill_runs(new, &dag, app).await?,
        ..new.clone()
    };
    let created = app.store.create_backfill(new, effect, app.now()).await?;
    if effect == Effect::Lasting && dag.is_paused {
        tracing::warn!(
            "the DAG `{0}` is paused; the runs wait until `updraft dags unpause {0}`",
            dag.dag_id
        );
    }
    Ok(created)
}

/// The dates as Airflow reads them: a day is its midnight.
///
/// # Errors
/// A text is no date.
pub(crate) fn dates(from: &str, until: &str, backwards: bool) -> Result<BackfillDates> {
    Ok(BackfillDates {
        from: DateRange::parse(from)?.first,
        until: DateRange::parse(until)?.first,
        backwards,
    })
}

/// Prints the dates of a backfill in the order in which their runs start.
pub(crate) fn print(created: &CreatedBackfill, format: Format) -> Result<()> {
    let mut rows = Rows::default();
    for date in &created.dates {
        rows.push(row! {
            "dag_id": date.key.dag_id,
            "run_id": date.key.run_id,
            "logical_date": isoformat(date.info.logical_date),
            "data_interval_start": isoformat(date.info.data_interval.start),
            "data_interval_end": isoformat(date.info.data_interval.end),
            "what": match date.fate {
                BackfillFate::Created => "new",
                BackfillFate::Reprocessed => "runs again",
                BackfillFate::InFlight => "in flight",
                BackfillFate::AlreadyExists => "already exists",
            },
        });
    }
    rows.print(format)
}

async fn list(args: BackfillListArgs, app: &App) -> Result<()> {
    let dag_id: Option<DagId> = match &args.dag_id {
        Some(dag_id) => Some(app.dag(dag_id).await?.dag_id),
        None => None,
    };
    let mut rows = Rows::default();
    for backfill in app.store.backfills(dag_id.as_ref()).await? {
        rows.push(shown(&backfill));
    }
    rows.print(args.output.output)
}

fn shown(backfill: &BackfillRow) -> Map<String, Value> {
    let runs = backfill.runs;
    row! {
        "id": backfill.id.0,
        "dag_id": backfill.dag_id,
        "state": backfill.state.as_str(),
        "from_date": isoformat(backfill.dates.from),
        "to_date": isoformat(backfill.dates.until),
        "run_backwards": backfill.dates.backwards,
        "reprocess_behavior": backfill.reprocess.as_str(),
        "max_active_runs": backfill.max_active_runs,
        "queued": runs.queued,
        "running": runs.running,
        "success": runs.success,
        "failed": runs.failed,
        "created_at": isoformat(backfill.created_at),
        "completed_at": date_or_empty(backfill.completed_at),
    }
}

async fn change(args: BackfillArgs, event: BackfillEvent, app: &App) -> Result<()> {
    let id = BackfillId(args.backfill_id);
    if event == BackfillEvent::Cancel && !args.yes {
        let Some(backfill) = app.store.backfill(id).await? else {
            bail!("there is no backfill {id}; `updraft backfill list` lists them");
        };
        let question = format!(
            "You are about to cancel backfill {id} of `{}`: {} queued runs will fail. Are you sure? (y/n)",
            backfill.dag_id, backfill.runs.queued
        );
        if !ask::yes(&question)? {
            return output::print("Cancelled, nothing was changed.");
        }
    }
    let state = app.store.change_backfill(id, event, app.now()).await?;
    output::print(&format!("backfill {id} is {state}"))
}

impl From<Behavior> for ReprocessBehavior {
    fn from(behavior: Behavior) -> Self {
        match behavior {
            Behavior::None => Self::None,
            Behavior::Failed => Self::Failed,
            Behavior::Completed => Self::Completed,
        }
    }
}
