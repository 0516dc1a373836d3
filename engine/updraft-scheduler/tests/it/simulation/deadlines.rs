//! Deadlines of runs in the simulated database, and what must hold of them.

use updraft_model::{
    CallbackId, DagRunState, DeadlineName, DeadlineReference, DeadlineSpec, TaskInstanceState,
};
use updraft_store::{Change, DeadlineEnd, DeadlineRow, DeadlineState, PlanCommit, StoredRun};

use super::database::Database;

/// Open deadlines of runs that are over.
pub(crate) fn late(database: &Database) -> Vec<DeadlineRow> {
    let finished = database.runs.values().filter(|run| run.state.is_finished());
    let all = finished.flat_map(|run| &run.deadlines);
    all.filter(|deadline| deadline.state == DeadlineState::Open)
        .cloned()
        .collect()
}

/// Writes what a plan says of deadlines, and demands that none is missed too early or by what has succeeded.
pub(crate) fn write(database: &mut Database, plan: &PlanCommit) -> Result<(), &'static str> {
    for new in &plan.new_deadlines {
        let run = database.runs.get_mut(&new.run).ok_or("deadlines")?;
        run.deadlines.retain(|known| known.name != new.name);
        run.deadlines.push(DeadlineRow {
            run: new.run.clone(),
            name: new.name.clone(),
            at: new.at,
            is_called: new.is_called,
            state: DeadlineState::Open,
            ended_at: None,
        });
        run.deadlines.sort_by_key(|deadline| deadline.name.to_string());
    }
    for end in &plan.ended_deadlines {
        if end.state == DeadlineState::Met {
            check_met(database, end);
        }
        let run = database.runs.get_mut(&end.run).ok_or("deadlines")?;
        let is_it = |known: &&mut DeadlineRow| known.name == end.name && known.state == DeadlineState::Open;
        let known = run.deadlines.iter_mut().find(is_it).ok_or("deadlines")?;
        (known.state, known.ended_at) = (end.state, Some(end.at));
        let (due, is_called) = (known.at.due, known.is_called);
        if end.state == DeadlineState::Missed {
            assert!(
                due <= end.at,
                "{} of {} is missed before its time",
                end.name,
                end.run
            );
            if is_called {
                database
                    .events
                    .insert(CallbackId::of_deadline(&end.run, &end.name, due));
            }
        }
    }
    Ok(())
}

/// Demands, when all is over, that no deadline is open of what has succeeded, and none whose time has come.
pub(crate) fn check_end(database: &Database, now: jiff::Timestamp) {
    for run in database.runs.values() {
        // None counts from a date that the run does not have.
        let counts = |deadline: &&DeadlineSpec| {
            run.logical_date.is_some() || deadline.reference != DeadlineReference::DagrunLogicalDate
        };
        let of_dag = run.spec.deadlines.iter().filter(counts).count();
        let wanted = of_dag + run.spec.tasks.iter().filter(|task| task.sla.is_some()).count();
        let of_this_version = run
            .deadlines
            .iter()
            .filter(|deadline| is_of_version(run, &deadline.name));
        if run.start_date.is_some() && run.state.is_finished() {
            assert_eq!(of_this_version.count(), wanted, "{} has its deadlines", run.key);
        }
        for deadline in run
            .deadlines
            .iter()
            .filter(|deadline| deadline.state == DeadlineState::Open)
        {
            assert!(
                deadline.at.due > now,
                "nobody has looked at {deadline:?} of a run that is {}",
                run.state
            );
            assert_ne!(run.state, DagRunState::Success, "{deadline:?} was met");
        }
    }
}

fn is_of_version(run: &StoredRun, name: &DeadlineName) -> bool {
    match name {
        DeadlineName::Dag(place) => (*place as usize) < run.spec.deadlines.len(),
        DeadlineName::Sla(task_id) => run.spec.task(task_id).is_some_and(|task| task.sla.is_some()),
    }
}

/// Demands that what was met has succeeded, unless somebody has changed that a moment ago.
fn check_met(database: &Database, end: &DeadlineEnd) {
    use TaskInstanceState::{Removed, Skipped, Success};
    let run = &database.runs[&end.run];
    let is_settled = run.state == DagRunState::Success || !is_of_version(run, &end.name);
    if is_settled || database.feed.contains(&Change::Run(run.key.clone())) {
        return;
    }
    let DeadlineName::Sla(task_id) = &end.name else {
        panic!("{} is met of {}, which is {}", end.name, end.run, run.state);
    };
    let task = run.tasks.iter().find(|task| task.task_id == *task_id);
    let state = task.and_then(|task| task.state);
    assert!(
        matches!(state, Some(Success | Skipped | Removed)),
        "{} is met of {}, whose task is {state:?}",
        end.name,
        end.run
    );
}
