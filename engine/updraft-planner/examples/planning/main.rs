//! How long the planner takes, for `cargo xtask bench planner`: one JSON object, times in microseconds.
//!
//! A DAG of 5,000 tasks in 50 layers, each task after two of the layer before, runs once from its first to its last task; and a
//! day of 1,000,000 tasks over 10,000 DAGs is lived through.

#![expect(clippy::print_stdout, reason = "prints figures")]

mod day;
mod ids;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use updraft_model::{
    AttemptId, AttemptOutcome, DagId, DagRunState, DagSpec, DagVersionId, DataInterval, Pool, RunId, RunKey,
    RunType, Schedule, ScheduleKind, TaskId, TaskKey, TaskSpec,
};
use updraft_planner::{
    AttemptEnd, DagSnapshot, Decision, Limits, Plan, Planner, PlannerEvent, RunSnapshot, Snapshot,
    TaskSnapshot,
};
use uuid::Uuid;

use ids::Ids;

const LAYERS: usize = 50;
const WIDTH: usize = 100;

/// DAGs that are paused and have a schedule.
const PAUSED: usize = 10_000;

fn main() {
    let now: Timestamp = "2024-01-12T06:00:00Z".parse().expect("a time");
    let snapshot = snapshot(now);
    let mut loads: Vec<Duration> = (0..5)
        .map(|_| {
            let start = Instant::now();
            let mut planner = Planner::new(&snapshot);
            planner.plan(now, &Ids::default(), 0);
            start.elapsed()
        })
        .collect();
    let mut decisions = run(&snapshot, now);
    let quiet = idle(now);
    let day = day::live(now);
    println!(
        "{{\"load_us\":{},\"decision_p50_us\":{},\"decision_p99_us\":{},\"idle_plan_us\":{quiet},\
         \"day_tasks\":{},\"day_us_per_task\":{},\"day_longest_plan_us\":{}}}",
        quantile(&mut loads, 0.5),
        quantile(&mut decisions, 0.5),
        quantile(&mut decisions, 0.99),
        day.tasks,
        day.us_per_task,
        day.longest_plan_us,
    );
}

/// The time from the end of each task to the plan of what follows.
fn run(snapshot: &Snapshot, now: Timestamp) -> Vec<Duration> {
    let ids = Ids::default();
    let mut planner = Planner::new(snapshot);
    let mut running = queued(&planner.plan(now, &ids, usize::MAX));
    let mut times = Vec::new();
    while let Some((key, attempt)) = running.pop() {
        let start = PlannerEvent::AttemptStarted {
            key: key.clone(),
            attempt,
            at: now,
        };
        planner.apply(&start).expect("a queued attempt can start");
        let end = PlannerEvent::AttemptEnded(AttemptEnd {
            key,
            attempt,
            outcome: AttemptOutcome::Success,
            skipped: Vec::new(),
            retry_delay: None,
            at: now,
        });
        let start = Instant::now();
        planner.apply(&end).expect("a running attempt can end");
        let plan = planner.plan(now, &ids, usize::MAX);
        times.push(start.elapsed());
        running.extend(queued(&plan));
    }
    assert_eq!(times.len(), LAYERS * WIDTH, "every task has run");
    times
}

/// The time of a plan when nothing has happened, with many paused DAGs.
fn idle(now: Timestamp) -> u128 {
    let dags = (0..PAUSED).map(|number| {
        let mut dag = DagSpec::new(DagId::parse(&format!("paused_{number}")).expect("an id"));
        dag.schedule = Schedule::Cron {
            expression: "@hourly".to_owned(),
            kind: ScheduleKind::DataInterval,
        };
        dag.start_date = Some(now);
        dag_snapshot(dag, true, number)
    });
    let mut planner = Planner::new(&Snapshot {
        dags: dags.collect(),
        runs: Vec::new(),
        late: Vec::new(),
        pools: Vec::new(),
        limits: Limits::default(),
    });
    planner.plan(now, &Ids::default(), 0);
    let start = Instant::now();
    let plan = planner.plan(now, &Ids::default(), 0);
    assert!(plan.decisions.is_empty(), "paused DAGs do nothing");
    start.elapsed().as_micros()
}

pub(crate) fn queued(plan: &Plan) -> Vec<(TaskKey, AttemptId)> {
    let queued = plan.decisions.iter().filter_map(|decision| match decision {
        Decision::Queue { key, attempt, .. } => Some((key.clone(), *attempt)),
        _ => None,
    });
    queued.collect()
}

fn snapshot(now: Timestamp) -> Snapshot {
    let task_id = |layer: usize, place: usize| TaskId::parse(&format!("t{layer}_{place}")).expect("an id");
    let mut dag = DagSpec::new(DagId::parse("wide").expect("an id"));
    dag.max_active_tasks = (LAYERS * WIDTH) as u32;
    for (layer, place) in (0..LAYERS).flat_map(|layer| (0..WIDTH).map(move |place| (layer, place))) {
        let mut task = TaskSpec::new(task_id(layer, place), "RustOperator");
        if let Some(before) = layer.checked_sub(1) {
            task.upstream_task_ids = [task_id(before, place), task_id(before, (place + 1) % WIDTH)].into();
        }
        dag.tasks.push(task);
    }
    let tasks = dag
        .tasks
        .iter()
        .map(|task| TaskSnapshot::new(task.task_id.clone(), 0))
        .collect();
    let dag = dag_snapshot(dag, false, 0);
    let run = RunSnapshot {
        key: RunKey {
            dag_id: dag.dag_id.clone(),
            run_id: RunId::parse("r").expect("an id"),
        },
        version: dag.version,
        spec: Arc::clone(&dag.spec),
        state: DagRunState::Running,
        run_type: RunType::Manual,
        logical_date: Some(now),
        data_interval: Some(DataInterval::exact(now)),
        run_after: now,
        backfill: None,
        queued_at: Some(now),
        start_date: Some(now),
        previous: None,
        deadlines: Vec::new(),
        tasks,
    };
    Snapshot {
        dags: vec![dag],
        runs: vec![run],
        late: Vec::new(),
        pools: vec![Pool {
            name: Pool::DEFAULT.to_owned(),
            slots: -1,
            description: String::new(),
            include_deferred: false,
        }],
        limits: Limits {
            parallelism: usize::MAX,
            ..Limits::default()
        },
    }
}

pub(crate) fn dag_snapshot(dag: DagSpec, is_paused: bool, number: usize) -> DagSnapshot {
    DagSnapshot {
        dag_id: dag.dag_id.clone(),
        version: DagVersionId(Uuid::from_u128(number as u128)),
        spec: Arc::new(dag),
        is_paused,
        is_active: true,
        last_scheduled: None,
        backfills: Vec::new(),
        asset_queue: Vec::new(),
        last_asset_date: None,
        timetable_answer: None,
        runtimes: Vec::new(),
    }
}

fn quantile(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let at = (share * (times.len() - 1) as f64).round() as usize;
    times[at].as_nanos() as f64 / 1000.0
}
