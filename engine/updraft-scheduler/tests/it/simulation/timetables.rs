//! Timetables of the sources' own: simulated programs that tell the truth, and now and then fail, hang or tell nonsense; and
//! what the database keeps of that.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use updraft_bundle::{ProgramError, Purpose};
use updraft_model::{
    AnsweredRun, BackfillDates, CustomTimetable, DagId, DataInterval, RunType, Schedule, TimeRestriction,
    TimetableAnswer, ToldRun,
};
use updraft_protocol::launch::Launch;
use updraft_protocol::message::{TimetableAsk, UpdraftTimetableRequest, UpdraftTimetableResult};
use updraft_scheduler::{AskTimetable, TimetableOptions};
use updraft_store::{Lease, PlanCommit, WriteError};

use super::dags;
use super::database::Database;
use super::process::Gate;
use super::world::World;

/// How long the data interval of each run is.
const INTERVAL: SignedDuration = SignedDuration::from_mins(2);

/// A schedule with the dates of [`dags::moments`], which only the program knows.
pub(crate) fn schedule() -> Schedule {
    Schedule::Custom(Box::new(CustomTimetable::new("simulated::Moments")))
}

/// Pauses that are over before the world is at rest.
pub(crate) fn options() -> TimetableOptions {
    TimetableOptions {
        limit: Duration::from_secs(20),
        first_pause: Duration::from_secs(5),
        longest_pause: Duration::from_mins(1),
    }
}

/// The programs, as a machine starts them.
pub(crate) struct SimulatedPrograms(pub(crate) World, pub(crate) Gate);

#[async_trait]
impl AskTimetable for SimulatedPrograms {
    async fn ask(
        &self,
        _: &Launch,
        request: UpdraftTimetableRequest,
        limit: Duration,
    ) -> Result<UpdraftTimetableResult, ProgramError> {
        let Self(world, gate) = self;
        let answer = gate.clone().hold(answer(world, &request, limit)).await;
        world.note(|| format!("the program tells {request:?}: {answer:?}"));
        answer
    }
}

async fn answer(
    world: &World,
    request: &UpdraftTimetableRequest,
    limit: Duration,
) -> Result<UpdraftTimetableResult, ProgramError> {
    let TimetableAsk::NextDagrunInfo {
        last_automated_data_interval: last,
        restriction,
        run_type: RunType::Scheduled,
        ..
    } = &request.question
    else {
        panic!("the scheduler asks for scheduled runs alone: {request:?}");
    };
    world.travel().await;
    let fate = if world.is_rough() { world.below(12) } else { 12 };
    let (purpose, message) = (Purpose::Timetable, "simulated".to_owned());
    let mut told = next(world, request, *last, restriction);
    match (fate, &mut told) {
        (0, _) => {
            tokio::time::sleep(limit).await;
            return Err(ProgramError::Timeout { purpose, limit });
        }
        (1, _) => {
            return Err(ProgramError::Ended {
                purpose,
                status: "exited with code 1".to_owned(),
                printed: message,
            });
        }
        (2, _) => return Ok(UpdraftTimetableResult::Failed { message }),
        (3, Some(told)) => told.data_interval.end = told.data_interval.start - INTERVAL,
        (4, Some(told)) => told.data_interval.start = last.map_or(Timestamp::MIN, |last| last.start),
        (5, Some(told)) => told.run_id = Some(String::new()),
        (6, _) => tokio::time::sleep(world.between(Duration::ZERO, limit)).await,
        _ => {}
    }
    let runs = told.into_iter().collect();
    Ok(UpdraftTimetableResult::Runs { runs })
}

/// The truth.
fn next(
    world: &World,
    request: &UpdraftTimetableRequest,
    last: Option<DataInterval>,
    restriction: &TimeRestriction,
) -> Option<ToldRun> {
    let earliest = restriction.earliest.expect("the dags of the simulation have one");
    let from = match last {
        Some(last) => last.start + SignedDuration::from_nanos(1),
        None => earliest,
    };
    let from = if restriction.catchup {
        from
    } else {
        from.max(request.now - INTERVAL)
    };
    let moments = dags::moments(world.began());
    let start = moments.into_iter().find(|moment| *moment >= from)?;
    let end = start + INTERVAL;
    Some(ToldRun {
        data_interval: DataInterval { start, end },
        run_after: end,
        run_id: (request.dag_id.as_str() == "y").then(|| format!("own__{start}")),
    })
}

/// The truth about a backfill of dates that have passed.
pub(crate) fn backfill(dates: &BackfillDates) -> Vec<AnsweredRun> {
    let mut starts = Vec::new();
    let mut start = dates.from;
    while start <= dates.until {
        starts.push(start);
        start += INTERVAL;
    }
    if dates.backwards {
        starts.reverse();
    }
    let run = |start| AnsweredRun {
        data_interval: DataInterval {
            start,
            end: start + INTERVAL,
        },
        run_after: start + INTERVAL,
        run_id: None,
    };
    starts.into_iter().map(run).collect()
}

impl Database {
    pub(crate) fn record_answer(
        &mut self,
        lease: &Lease,
        dag_id: &DagId,
        answer: &TimetableAnswer,
    ) -> Result<bool, WriteError> {
        if !self.is_valid(lease) {
            return Err(WriteError::LeaseLost);
        }
        let dag = self.dags.get_mut(dag_id).filter(|dag| dag.is_active);
        let asked = (answer.version, answer.last);
        let Some(dag) = dag.filter(|dag| (dag.version, dag.last_scheduled) == asked) else {
            return Ok(false);
        };
        dag.timetable_answer = Some(answer.clone());
        self.writes += 1;
        Ok(true)
    }
}

/// Demands that each scheduled run of such a DAG is the one that its program has told, and that this was written down.
pub(crate) fn check(database: &Database, plan: &PlanCommit) {
    for new in plan
        .new_runs
        .iter()
        .filter(|new| new.run_type == RunType::Scheduled)
    {
        let dag = &database.dags[&new.key.dag_id];
        if dag.spec.schedule.custom().is_none() {
            continue;
        }
        let answer = dag.timetable_answer.as_ref().expect("its program was asked");
        let told = answer.next.run().expect("it has told a run");
        assert_eq!(
            (Some(told.data_interval), told.run_after),
            (new.data_interval, new.run_after)
        );
        assert!(
            told.run_id
                .as_ref()
                .is_none_or(|run_id| *run_id == new.key.run_id)
        );
    }
}
