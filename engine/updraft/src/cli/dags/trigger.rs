//! `dags trigger`.

use anyhow::{Result, bail};
use jiff::{RoundMode, Timestamp, TimestampRound, ToSpan, Unit};
use serde_json::{Map, Value};
use updraft_model::{DagRunState, RunId, RunType, isoformat};
use updraft_store::{StoredDag, Trigger, TriggerError};

use crate::cli::app::App;
use crate::cli::args::{DagsTriggerArgs, Format};
use crate::cli::dates::DateRange;
use crate::cli::output::Rows;
use crate::cli::{conf, timetable};
use crate::row;

/// Makes a run and prints it.
pub(super) async fn run(args: DagsTriggerArgs, app: &App) -> Result<()> {
    let dag = app.dag(&args.dag_id).await?;
    if !dag.is_active {
        bail!(
            "no source defines the DAG `{}` any more; put its source back into the DAGs folder first",
            dag.dag_id
        );
    }
    let run = trigger(&args, &dag, app).await?;
    let run = if args.run_id.is_none() {
        make(run, &dag, app).await?
    } else {
        app.store.trigger_run(&run, app.now()).await?;
        run
    };
    warn_if_paused(&dag);
    print(&run, args.output.output)
}

/// Says that a run that was just made waits, if it does.
pub(crate) fn warn_if_paused(dag: &StoredDag) {
    if dag.is_paused {
        tracing::warn!(
            "the DAG `{0}` is paused; the run waits until `updraft dags unpause {0}`",
            dag.dag_id
        );
    }
}

/// Prints a run that was just made.
pub(crate) fn print(run: &Trigger, format: Format) -> Result<()> {
    let interval = run.data_interval;
    let mut rows = Rows::default();
    rows.push(row! {
        "conf": run.conf,
        "dag_id": run.dag_id,
        "dag_run_id": run.run_id,
        "data_interval_start": interval.map(|interval| isoformat(interval.start)),
        "data_interval_end": interval.map(|interval| isoformat(interval.end)),
        "end_date": Value::Null,
        "external_trigger": true,
        "last_scheduling_decision": Value::Null,
        "logical_date": run.logical_date.map(isoformat),
        "run_type": run.run_type.as_str(),
        "start_date": Value::Null,
        "state": DagRunState::Queued.as_str(),
    });
    rows.print(format)
}

/// A run that a person asks for now, for a date if they name one.
pub(crate) async fn manual(dag: &StoredDag, date: Option<Timestamp>, app: &App) -> Result<Trigger> {
    let run = timetable::manual_run(dag, date, to_microseconds(app.now())?, app).await?;
    Ok(Trigger {
        dag_id: dag.dag_id.clone(),
        run_id: run.run_id,
        run_type: RunType::Manual,
        logical_date: run.logical_date,
        data_interval: run.data_interval,
        run_after: run.run_after,
        conf: Map::new(),
        triggered_by: None,
    })
}

/// Makes a run that has the name which [`manual`] gave it. At compat level 3 that is the moment of the trigger: of two in the
/// same microsecond one gets the next.
pub(crate) async fn make(mut run: Trigger, dag: &StoredDag, app: &App) -> Result<Trigger> {
    let is_named_after_now = !dag.spec.compat.dates_every_run();
    loop {
        match app.store.trigger_run(&run, app.now()).await {
            Err(TriggerError::RunExists { .. }) if is_named_after_now => {
                run.run_after += 1.microsecond();
                run.run_id = RunType::Manual.run_id(run.run_after);
            }
            made => {
                made?;
                return Ok(run);
            }
        }
    }
}

async fn trigger(args: &DagsTriggerArgs, dag: &StoredDag, app: &App) -> Result<Trigger> {
    let mut run = manual(dag, logical_date(args)?, app).await?;
    if let Some(text) = &args.run_id {
        run.run_id = RunId::parse(text)?;
    }
    if let Some(text) = &args.conf {
        run.conf = conf::parse(text, "--conf")?;
    }
    Ok(run)
}

/// The date of `-e`. Without `--no-replace-microseconds` it loses its microseconds, as in Airflow.
fn logical_date(args: &DagsTriggerArgs) -> Result<Option<Timestamp>> {
    let whole_seconds = TimestampRound::new()
        .smallest(Unit::Second)
        .mode(RoundMode::Trunc);
    let Some(text) = &args.exec_date else {
        return Ok(None);
    };
    let date = DateRange::parse(text)?.first;
    Ok(Some(if args.no_replace_microseconds {
        date
    } else {
        date.round(whole_seconds)?
    }))
}

fn to_microseconds(at: Timestamp) -> Result<Timestamp> {
    let whole = TimestampRound::new()
        .smallest(Unit::Microsecond)
        .mode(RoundMode::Trunc);
    Ok(at.round(whole)?)
}
