//! Random DAGs.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use updraft_model::{
    AssetExpression, CallbackEvent, CompatLevel, DagId, DagSpec, DeadlineReference, DeadlineSpec, Pool,
    Schedule, ScheduleKind, TaskId, TaskSpec, TriggerRule,
};

use super::assets::{ASSETS, asset};
use super::timetables;
use super::world::World;

/// Pools of the simulation: one that is always there, and two that are small.
pub(crate) const POOLS: [(&str, i32); 3] = [(Pool::DEFAULT, 128), ("two", 2), ("three", 3)];

/// The most tasks of a DAG.
const TASKS_MAX: usize = 7;

/// A pool of that name and size; one of an even size keeps the slots of tasks that wait.
pub(crate) fn pool(name: &str, slots: i32) -> Pool {
    Pool {
        name: name.to_owned(),
        slots,
        description: String::new(),
        include_deferred: slots % 2 == 0,
    }
}

/// Some DAG that is valid. Its schedule has the dates of [`moments`].
pub(crate) fn random(world: &World, name: &str, began: Timestamp) -> DagSpec {
    let mut dag = DagSpec::new(DagId::parse(name).expect("a dag id"));
    dag.tasks = (0..world.below(TASKS_MAX)).map(|at| task(world, at)).collect();
    let setups: Vec<TaskId> = dag
        .tasks
        .iter()
        .filter(|task| task.is_setup)
        .map(|task| task.task_id.clone())
        .collect();
    for task in dag.tasks.iter_mut().filter(|task| !task.is_teardown) {
        // Directly after a setup there is no other rule.
        if setups.iter().any(|setup| task.upstream_task_ids.contains(setup)) {
            task.trigger_rule = TriggerRule::AllSuccess;
        }
    }
    dag.max_active_runs = 1 + world.below(3) as u32;
    dag.max_active_tasks = 1 + world.below(3) as u32;
    dag.is_paused_upon_creation = Some(false);
    dag.start_date = moments(began).first().copied();
    dag.end_date = moments(began).last().copied();
    dag.catchup = world.one_in(2);
    if world.one_in(3) {
        dag.compat = CompatLevel::Three;
    }
    let has_rules = dag
        .tasks
        .iter()
        .any(|task| task.trigger_rule != TriggerRule::AllSuccess);
    dag.fail_fast = !has_rules && world.one_in(2);
    dag.callbacks = callbacks(
        world,
        &[
            CallbackEvent::Running,
            CallbackEvent::Success,
            CallbackEvent::Failure,
            CallbackEvent::SlaMiss,
        ],
    );
    dag.deadlines = deadlines(world, began);
    if world.one_in(6) {
        dag.dagrun_timeout = Some(Duration::from_mins(2));
    }
    dag.schedule = match world.below(4) {
        0 => Schedule::None,
        1 => timetables::schedule(),
        kind => Schedule::Cron {
            expression: "*/2 * * * *".to_owned(),
            kind: [ScheduleKind::DataInterval, ScheduleKind::Trigger][kind - 2],
        },
    };
    // Who updates an asset does not wait for one, or it would never end.
    if name == "y" && world.one_in(2) {
        let (assets, time) = (expression(world), dag.schedule);
        dag.schedule = match time {
            Schedule::None => Schedule::Assets { assets },
            time => Schedule::AssetsOrTime {
                assets,
                time: Box::new(time),
            },
        };
    }
    if name == "x" {
        for task in &mut dag.tasks {
            let outlets = ASSETS.into_iter().filter(|_| world.one_in(4));
            task.outlets = outlets.map(asset).collect();
        }
    }
    dag
}

/// Deadlines that a run may meet or miss; mostly none.
fn deadlines(world: &World, began: Timestamp) -> Vec<DeadlineSpec> {
    if !world.one_in(3) {
        return Vec::new();
    }
    let references = [
        DeadlineReference::DagrunQueuedAt,
        DeadlineReference::DagrunLogicalDate,
        DeadlineReference::FixedDatetime(began + SignedDuration::from_mins(3)),
    ];
    let deadline = |_| DeadlineSpec {
        reference: references[world.below(references.len())],
        interval: SignedDuration::from_secs(world.below(300) as i64 - 60),
    };
    (0..=world.below(2)).map(deadline).collect()
}

/// Some of the assets, or all.
fn expression(world: &World) -> AssetExpression {
    let [a, b] = ASSETS.map(asset);
    match world.below(4) {
        0 => a.into(),
        1 => a | b,
        2 => &a & (&a | &b),
        _ => a & b,
    }
}

/// The logical dates of scheduled runs: before the world began and after.
pub(crate) fn moments(began: Timestamp) -> BTreeSet<Timestamp> {
    (-3..4)
        .map(|at| began + SignedDuration::from_mins(2 * at))
        .collect()
}

fn task(world: &World, at: usize) -> TaskSpec {
    let mut task = TaskSpec::new(task_id(at), "RustOperator");
    task.upstream_task_ids = (0..at).filter(|_| world.below(10) < 4).map(task_id).collect();
    if world.below(10) < 4 {
        task.trigger_rule = TriggerRule::ALL[world.below(TriggerRule::ALL.len())];
    }
    task.retries = world.below(3) as u32;
    task.retry_exponential_backoff = world.one_in(2);
    task.retry_delay = Duration::from_secs(20);
    task.max_retry_delay = Some(Duration::from_secs(80));
    task.priority_weight = 1 + world.below(4) as i64;
    POOLS[world.below(POOLS.len())].0.clone_into(&mut task.pool);
    task.pool_slots = 1 + world.below(2) as u32;
    task.max_active_tis_per_dag = world.one_in(5).then(|| 1 + world.below(2) as u32);
    task.depends_on_past = world.one_in(8);
    task.sla = world
        .one_in(6)
        .then(|| Duration::from_secs(world.below(240) as u64));
    task.callbacks = callbacks(world, &CallbackEvent::OF_TASKS);
    match world.below(20) {
        0 | 1 => task.is_empty = !task.callbacks.contains(&CallbackEvent::Success),
        2 | 3 => task.is_setup = true,
        4 | 5 => {
            task.is_teardown = true;
            task.trigger_rule = TriggerRule::AllDoneSetupSuccess;
        }
        _ => {}
    }
    task
}

/// Some of the callbacks that there can be; mostly none.
fn callbacks(world: &World, from: &[CallbackEvent]) -> BTreeSet<CallbackEvent> {
    if !world.one_in(3) {
        return BTreeSet::new();
    }
    from.iter().copied().filter(|_| world.one_in(2)).collect()
}

fn task_id(at: usize) -> TaskId {
    TaskId::parse(&format!("t{at}")).expect("a task id")
}
