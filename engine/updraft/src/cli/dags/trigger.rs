//! `dags trigger`.

use std::sync::Arc;

use anyhow::{Result, bail};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Map, Value};
use updraft_model::{DagRunState, RunId, RunType, isoformat};
use updraft_store::{StoredDag, Trigger};

use crate::cli::app::App;
use crate::cli::args::{DagsTriggerArgs, Format};
use crate::cli::conf;
use crate::cli::dates::DateRange;
use crate::cli::output::Rows;
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
    let now = app.now();
    let run = trigger(&args, &dag, now)?;
    app.store.trigger_run(&run, now).await?;
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
    let mut rows = Rows::default();
    rows.push(row! {
        "conf": run.conf,
        "dag_id": run.dag_id,
        "dag_run_id": run.run_id,
        "data_interval_start": isoformat(run.data_interval.start),
        "data_interval_end": isoformat(run.data_interval.end),
        "end_date": Value::Null,
        "external_trigger": true,
        "last_scheduling_decision": Value::Null,
        "logical_date": isoformat(run.logical_date),
        "run_type": run.run_type.as_str(),
        "start_date": Value::Null,
        "state": DagRunState::Queued.as_str(),
    });
    rows.print(format)
}

/// A run that a person asks for now, with its own date.
pub(crate) fn manual(dag: &StoredDag, now: Timestamp) -> Result<Trigger> {
    let logical_date = to_microseconds(now)?;
    Ok(Trigger {
        dag_id: dag.dag_id.clone(),
        run_id: RunType::Manual.run_id(logical_date),
        run_type: RunType::Manual,
        logical_date,
        data_interval: Arc::clone(&dag.spec)
            .validate()?
            .timetable()
            .manual(logical_date)?,
        run_after: logical_date,
        conf: Map::new(),
        triggered_by: None,
    })
}

fn trigger(args: &DagsTriggerArgs, dag: &StoredDag, now: Timestamp) -> Result<Trigger> {
    let logical_date = logical_date(args, now)?;
    let run_id = match &args.run_id {
        Some(text) => RunId::parse(text)?,
        None => RunType::Manual.run_id(logical_date),
    };
    Ok(Trigger {
        dag_id: dag.dag_id.clone(),
        run_id,
        run_type: RunType::Manual,
        logical_date,
        data_interval: Arc::clone(&dag.spec)
            .validate()?
            .timetable()
            .manual(logical_date)?,
        run_after: logical_date.min(now),
        conf: match &args.conf {
            Some(text) => conf::parse(text, "--conf")?,
            None => Map::new(),
        },
        triggered_by: None,
    })
}

/// A run's own date: that of `-e`, else now. Without `--no-replace-microseconds` a date that was given loses its
/// microseconds, as in Airflow 2.11.
fn logical_date(args: &DagsTriggerArgs, now: Timestamp) -> Result<Timestamp> {
    let whole_seconds = TimestampRound::new()
        .smallest(Unit::Second)
        .mode(RoundMode::Trunc);
    let Some(text) = &args.exec_date else {
        return to_microseconds(now);
    };
    let date = DateRange::parse(text)?.first;
    Ok(if args.no_replace_microseconds {
        date
    } else {
        date.round(whole_seconds)?
    })
}

fn to_microseconds(at: Timestamp) -> Result<Timestamp> {
    let whole = TimestampRound::new()
        .smallest(Unit::Microsecond)
        .mode(RoundMode::Trunc);
    Ok(at.round(whole)?)
}
