//! `dags trigger`.

use anyhow::{Result, bail};
use jiff::{RoundMode, Timestamp, TimestampRound, ToSpan, Unit};
use serde_json::{Map, Value};
use updraft_model::{DagRunState, RunId, RunType, isoformat};
use updraft_store::{StoredDag, Trigger, TriggerError};

use crate::cli::app::App;
use crate::cli::args::{DagsTriggerArgs, Format};
use crate::cli::dates::DateRange;
use crate::cli::installation::{Installation, RunAsked, RunMade};
use crate::cli::output::Rows;
use crate::cli::{conf, timetable};
use crate::row;

/// Makes a run and prints it.
pub(super) async fn run(args: DagsTriggerArgs, installation: &dyn Installation) -> Result<()> {
    let asked = RunAsked {
        dag_id: args.dag_id.clone(),
        run_id: args.run_id.clone(),
        logical_date: logical_date(&args)?,
        conf: match &args.conf {
            Some(text) => conf::parse(text, "--conf")?,
            None => Map::new(),
        },
    };
    let made = installation.trigger(asked).await?;
    if made.is_paused {
        warn_of_pause(&made.dag_id);
    }
    print_made(&made, args.output.output)
}

/// Makes a run in the database of this installation.
///
/// # Errors
/// There is no such DAG, no source defines it any more, or it has such a run.
pub(crate) async fn here(asked: RunAsked, app: &App) -> Result<RunMade> {
    let dag = app.dag(&asked.dag_id).await?;
    if !dag.is_active {
        bail!(
            "no source defines the DAG `{}` any more; put its source back into the DAGs folder first",
            dag.dag_id
        );
    }
    let mut run = manual(&dag, asked.logical_date, app).await?;
    run.conf = asked.conf;
    let run = match asked.run_id {
        None => make(run, &dag, app).await?,
        Some(text) => {
            run.run_id = RunId::parse(&text)?;
            app.store.trigger_run(&run, app.now()).await?;
            run
        }
    };
    Ok(made(run, dag.is_paused))
}

fn made(run: Trigger, is_paused: bool) -> RunMade {
    RunMade {
        dag_id: run.dag_id.to_string(),
        run_id: run.run_id.to_string(),
        run_type: run.run_type.to_string(),
        logical_date: run.logical_date,
        data_interval: run.data_interval.map(|interval| (interval.start, interval.end)),
        conf: run.conf,
        is_paused,
    }
}

/// Says that a run that was just made waits, if it does.
pub(crate) fn warn_if_paused(dag: &StoredDag) {
    if dag.is_paused {
        warn_of_pause(dag.dag_id.as_str());
    }
}

fn warn_of_pause(dag_id: &str) {
    tracing::warn!("the DAG `{dag_id}` is paused; the run waits until `updraft dags unpause {dag_id}`");
}

/// Prints a run that was just made.
pub(crate) fn print(run: Trigger, format: Format) -> Result<()> {
    print_made(&made(run, false), format)
}

fn print_made(run: &RunMade, format: Format) -> Result<()> {
    let mut rows = Rows::default();
    rows.push(row! {
        "conf": run.conf,
        "dag_id": run.dag_id,
        "dag_run_id": run.run_id,
        "data_interval_start": run.data_interval.map(|(start, _)| isoformat(start)),
        "data_interval_end": run.data_interval.map(|(_, end)| isoformat(end)),
        "end_date": Value::Null,
        "external_trigger": true,
        "last_scheduling_decision": Value::Null,
        "logical_date": run.logical_date.map(isoformat),
        "run_type": run.run_type,
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
