//! What commands want to know of a DAG's timetable. If it is the source's own, its program is started and asked.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use updraft_bundle::ask_timetable;
use updraft_model::{
    BACKFILL_RUNS_MAX, DataInterval, ManualRun, NextRun, RunType, TimeRestriction, TimetableQuestion, ToldRun,
};
use updraft_protocol::message::{TimetableAsk, UpdraftTimetableRequest, UpdraftTimetableResult};
use updraft_store::{NewBackfill, StoredDag, ToldBackfill};

use super::app::App;
use super::source;

/// A run that a person asks for now, for a date if they name one.
///
/// # Errors
/// Its data interval cannot be told.
pub(crate) async fn manual_run(
    dag: &StoredDag,
    date: Option<Timestamp>,
    now: Timestamp,
    app: &App,
) -> Result<ManualRun> {
    let run = Arc::clone(&dag.spec).validate()?.manual_run(date, now)?;
    let Some(run_after) = run.logical_date.filter(|_| dag.spec.schedule.custom().is_some()) else {
        return Ok(run);
    };
    let told = ask(dag, TimetableAsk::InferManualDataInterval { run_after }, app).await?;
    let told = told.into_iter().next();
    let told =
        told.with_context(|| format!("the timetable of dag `{}` told no data interval", dag.dag_id))?;
    let told = told.check().map_err(|problem| nonsense(dag, &problem))?;
    Ok(run.as_told(told))
}

/// The runs of a backfill, if they are to be asked for.
///
/// # Errors
/// They cannot be told, or the backfill cannot be.
pub(crate) async fn backfill_runs(
    new: &NewBackfill,
    dag: &StoredDag,
    app: &App,
) -> Result<Option<ToldBackfill>> {
    let (valid, now) = (Arc::clone(&dag.spec).validate()?, app.now());
    if dag.spec.schedule.custom().is_none() {
        return Ok(None);
    }
    let first = valid.backfill_question(dag.version, &new.dates, new.reprocess, now)?;
    let first = first.context("a DAG with a timetable of its own has questions")?;
    let all = TimetableAsk::NextDagrunInfo {
        last_automated_data_interval: None,
        restriction: first.restriction,
        runs_max: u32::try_from(BACKFILL_RUNS_MAX + 1)?,
        until: Some(now),
        run_type: RunType::Backfill,
    };
    let told = ask(dag, all, app).await?;
    Ok(Some(ToldBackfill {
        version: dag.version,
        runs: valid.backfill_as_told(&new.dates, first, told, now)?,
    }))
}

/// The data intervals of the next scheduled runs of a DAG, as many as there are and are wanted.
///
/// # Errors
/// They cannot be told.
pub(crate) async fn next_intervals(dag: &StoredDag, wanted: u32, app: &App) -> Result<Vec<DataInterval>> {
    let valid = Arc::clone(&dag.spec).validate()?;
    let (restriction, now) = (valid.time_restriction(), app.now());
    let unrestricted = TimeRestriction {
        earliest: None,
        latest: None,
        catchup: true,
    };
    let mut found: Vec<DataInterval> = Vec::new();
    if dag.spec.schedule.custom().is_none() {
        while found.len() < wanted as usize {
            let last = found.last().copied().or(dag.last_scheduled);
            let restriction = if found.is_empty() {
                restriction
            } else {
                unrestricted
            };
            match valid.timetable().next(last, &restriction, now)? {
                Some(next) => found.push(next.data_interval),
                None => break,
            }
        }
        return Ok(found);
    }
    match dag.told_next() {
        Some(NextRun::Run(run)) => found.push(run.data_interval),
        Some(NextRun::Failed { problem, .. }) => bail!("{}", fails(dag, problem)),
        Some(NextRun::None { .. }) | None => {
            found.extend(next_told(dag, (dag.last_scheduled, restriction, 1), app).await?);
        }
    }
    let more = wanted.saturating_sub(1);
    if let Some(first) = found.first().copied().filter(|_| more > 0) {
        found.extend(next_told(dag, (Some(first), unrestricted, more), app).await?);
    }
    found.truncate(wanted as usize);
    Ok(found)
}

async fn next_told(
    dag: &StoredDag,
    (last, restriction, runs_max): (Option<DataInterval>, TimeRestriction, u32),
    app: &App,
) -> Result<Vec<DataInterval>> {
    let mut question = TimetableQuestion {
        version: dag.version,
        last,
        last_run_after: None,
        restriction,
        failures: 0,
    };
    let wanted = TimetableAsk::NextDagrunInfo {
        last_automated_data_interval: last,
        restriction,
        runs_max,
        until: None,
        run_type: RunType::Scheduled,
    };
    let mut found = Vec::new();
    for told in ask(dag, wanted, app).await? {
        let checked = question.check(told).map_err(|problem| nonsense(dag, &problem))?;
        let Some(run) = checked else { break };
        question = question.after(&run);
        found.push(run.data_interval);
    }
    Ok(found)
}

/// Starts the DAG's program and asks its timetable.
async fn ask(dag: &StoredDag, question: TimetableAsk, app: &App) -> Result<Vec<ToldRun>> {
    let custom = dag.spec.schedule.custom();
    let custom = custom.context("only a timetable of the source's own is asked")?;
    let launch = source::launch(dag, app).await?;
    let request = UpdraftTimetableRequest {
        dag_id: dag.dag_id.clone(),
        class_path: custom.class_path.clone(),
        parameters: custom.parameters.clone(),
        now: app.now(),
        question,
    };
    match ask_timetable(&launch, request, app.settings.import_timeout).await {
        Ok(UpdraftTimetableResult::Runs { runs }) => Ok(runs),
        Ok(UpdraftTimetableResult::Failed { message }) => bail!("{}", fails(dag, &message)),
        Err(error) => bail!("{}", fails(dag, &error.explain())),
    }
}

fn nonsense(dag: &StoredDag, problem: &updraft_model::AnswerProblem) -> anyhow::Error {
    anyhow::anyhow!("{}", fails(dag, &problem.to_string()))
}

/// That the timetable of a DAG fails, and what to do.
pub(crate) fn fails(dag: &StoredDag, problem: &str) -> String {
    let summary = dag.spec.schedule.by_time().to_string();
    format!(
        "the timetable `{summary}` of dag `{}` fails: {problem}; correct it in `{}` and build its bundle again",
        dag.dag_id, dag.source
    )
}
