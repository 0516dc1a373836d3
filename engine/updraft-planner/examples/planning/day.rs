//! A day of 1,000,000 tasks: 10,000 DAGs, ten runs of ten tasks each. All of them are due at the same moments, which is the worst
//! that a day can be.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use updraft_model::{
    AttemptId, AttemptOutcome, DagId, DagSpec, Pool, Schedule, ScheduleKind, TaskId, TaskKey, TaskSpec,
};
use updraft_planner::{AttemptEnd, DagSnapshot, Limits, Planner, PlannerEvent, Snapshot};

use crate::ids::Ids;
use crate::{dag_snapshot, queued};

const DAGS: usize = 10_000;
const TASKS: usize = 10;

/// Ten times a day.
const SCHEDULE: &str = "0 0-18/2 * * *";

/// How long a task takes.
const TASK: SignedDuration = SignedDuration::from_secs(20);

/// How many tasks run at once.
const PARALLELISM: usize = 4_000;

/// What a day costs.
pub(crate) struct Day {
    pub(crate) tasks: usize,
    /// Planning, over all tasks.
    pub(crate) us_per_task: f64,
    pub(crate) longest_plan_us: u128,
}

/// Lives through the day that begins now.
pub(crate) fn live(now: Timestamp) -> Day {
    let begins = now - SignedDuration::from_hours(6);
    let ends = begins + SignedDuration::from_hours(24) - SignedDuration::from_secs(1);
    let mut planner = Planner::new(&snapshot(begins, ends));
    let ids = Ids::default();
    let mut running: BinaryHeap<Reverse<(Timestamp, TaskKey, AttemptId)>> = BinaryHeap::new();
    let (mut at, mut tasks, mut longest, mut spent) = (begins, 0, Duration::ZERO, Duration::ZERO);
    loop {
        let start = Instant::now();
        while let Some(Reverse((_, key, attempt))) = running.peek().filter(|next| next.0.0 <= at).cloned() {
            running.pop();
            end(&mut planner, key, attempt, at);
            tasks += 1;
        }
        let plan = planner.plan(at, &ids, PARALLELISM - running.len());
        let took = start.elapsed();
        (longest, spent) = (longest.max(took), spent + took);
        running.extend(
            queued(&plan)
                .into_iter()
                .map(|(key, attempt)| Reverse((at + TASK, key, attempt))),
        );
        let next = running.peek().map(|next| next.0.0);
        match planner.next_wake().into_iter().chain(next).min() {
            Some(next) => at = at.max(next),
            None => break,
        }
    }
    assert_eq!(tasks, DAGS * TASKS * 10, "a day has so many tasks");
    Day {
        tasks,
        us_per_task: spent.as_secs_f64() * 1e6 / tasks as f64,
        longest_plan_us: longest.as_micros(),
    }
}

fn end(planner: &mut Planner, key: TaskKey, attempt: AttemptId, at: Timestamp) {
    let start = PlannerEvent::AttemptStarted {
        key: key.clone(),
        attempt,
        at,
    };
    planner.apply(&start).expect("a queued attempt can start");
    let end = PlannerEvent::AttemptEnded(AttemptEnd {
        key,
        attempt,
        outcome: AttemptOutcome::Success,
        skipped: Vec::new(),
        retry_delay: None,
        at,
    });
    planner.apply(&end).expect("a running attempt can end");
}

fn snapshot(begins: Timestamp, ends: Timestamp) -> Snapshot {
    Snapshot {
        dags: (0..DAGS).map(|number| dag(number, begins, ends)).collect(),
        runs: Vec::new(),
        late: Vec::new(),
        pools: vec![Pool {
            name: Pool::DEFAULT.to_owned(),
            slots: -1,
            description: String::new(),
            include_deferred: false,
        }],
        limits: Limits {
            parallelism: PARALLELISM,
            ..Limits::default()
        },
    }
}

/// Ten tasks in a row, from the beginning of the day to its end.
fn dag(number: usize, begins: Timestamp, ends: Timestamp) -> DagSnapshot {
    let mut dag = DagSpec::new(DagId::parse(&format!("dag_{number:05}")).expect("an id"));
    dag.schedule = Schedule::Cron {
        expression: SCHEDULE.to_owned(),
        kind: ScheduleKind::Trigger,
    };
    (dag.start_date, dag.end_date, dag.catchup) = (Some(begins), Some(ends), true);
    let task_id = |at: usize| TaskId::parse(&format!("t{at}")).expect("an id");
    for at in 0..TASKS {
        let mut task = TaskSpec::new(task_id(at), "RustOperator");
        task.upstream_task_ids = at.checked_sub(1).map(task_id).into_iter().collect();
        dag.tasks.push(task);
    }
    dag_snapshot(dag, false, number)
}
