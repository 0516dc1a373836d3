//! What people do meanwhile: they trigger, clear, mark, pause, and change pools and DAGs.

use jiff::Timestamp;
use serde_json::Map;
use updraft_model::{
    Clock, DagId, DagRunState, ManualRun, RunId, RunKey, RunType, TaskId, TaskInstanceState, TaskKey,
};
use updraft_scheduler::{WaitReason, explain};
use updraft_store::{Change, NewRun, NewTask, StoredDag, StoredTask};

use super::dags;
use super::database::task_key;
use super::ledger::Link;
use super::promises;
use super::record::Done;
use super::world::World;
use super::{assets, backfills};

/// Somebody does something.
pub(crate) fn act(world: &World) {
    match world.below(16) {
        0..=3 => trigger(world),
        4..=5 => clear(world),
        6 => mark(world),
        7 => pause(world),
        8 => resize_pool(world),
        9 => mark_run(world),
        10 => clear_on_latest(world),
        11..=12 => backfills::create(world),
        13 => backfills::change(world),
        14 => update_asset(world),
        _ => edit_dag(world),
    }
    world.wake();
}

fn trigger(world: &World) {
    let mut database = world.database();
    let dags: Vec<DagId> = database.dags.keys().cloned().collect();
    let Some(dag) = world.pick(&dags).map(|dag_id| database.dags[&dag_id].clone()) else {
        return;
    };
    let now = world.now();
    let valid = dag
        .spec
        .clone()
        .validate()
        .expect("the dags of the simulation are valid");
    let Ok(manual) = valid.manual_run(None, now) else {
        return;
    };
    let run = new_run(&dag, manual, now);
    world.note(|| format!("somebody triggers {}", run.key));
    if database.insert_run(&run).is_ok() {
        database.feed.insert(Change::Run(run.key.clone()));
        world.record(|| Done::Trigger(run));
    }
}

/// A run of the newest version of a DAG.
pub(crate) fn new_run(dag: &StoredDag, manual: ManualRun, now: Timestamp) -> NewRun {
    let task = |task: &updraft_model::TaskSpec| NewTask {
        task_id: task.task_id.clone(),
        map_index: updraft_model::MapIndex::UNMAPPED,
        operator: task.operator.clone(),
        max_tries: task.retries,
        mapped_length: None,
    };
    NewRun {
        key: RunKey {
            dag_id: dag.dag_id.clone(),
            run_id: RunId::parse(&format!("manual__{now}")).expect("a run id"),
        },
        version: dag.version,
        run_type: RunType::Manual,
        logical_date: manual.logical_date,
        data_interval: manual.data_interval,
        run_after: manual.run_after,
        queued_at: now,
        conf: Map::new(),
        triggered_by: None,
        backfill: None,
        tasks: dag.spec.tasks.iter().map(task).collect(),
    }
}

fn clear(world: &World) {
    let Some(key) = some_run(world) else { return };
    let now = world.now();
    let tasks: Vec<TaskKey> = world.database().runs[&key]
        .tasks
        .iter()
        .map(|task| task_key(&key, task))
        .collect();
    let tasks: Vec<TaskKey> = tasks.into_iter().filter(|_| world.below(3) > 0).collect();
    world.note(|| format!("somebody clears {tasks:?}"));
    world.database().clear(&key, &tasks, now);
    world.record(|| Done::Clear(tasks, now));
}

/// Not the setups and teardowns that the tasks need: those are chosen by the store.
fn clear_on_latest(world: &World) {
    let Some(key) = some_run(world) else { return };
    let (now, dag) = (world.now(), world.database().dags[&key.dag_id].clone());
    let needs_others = |task: &updraft_model::TaskSpec| task.is_setup || task.is_teardown;
    if dag.spec.tasks.iter().any(needs_others) {
        return;
    }
    let tasks = dag.spec.tasks.iter().map(|task| task.task_id.clone());
    let tasks: Vec<TaskId> = tasks.filter(|_| world.below(3) > 0).collect();
    world.note(|| format!("somebody clears {tasks:?} of {key} on the latest version"));
    world.database().clear_on_latest(&key, &tasks, now);
    world.record(|| Done::ClearOnLatest(key, tasks, now));
}

fn mark_run(world: &World) {
    let states = [DagRunState::Success, DagRunState::Failed, DagRunState::Queued];
    let (key, state) = (some_run(world), world.pick(&states));
    if let Some((key, state)) = key.zip(state) {
        world.note(|| format!("somebody marks {key} {state}"));
        world.database().mark_run(&key, state, world.now());
        world.record(|| Done::MarkRun(key, state, world.now()));
    }
}

fn mark(world: &World) {
    use TaskInstanceState::{Failed, Skipped, Success};

    let Some(key) = some_run(world) else { return };
    let tasks = world.database().runs[&key].tasks.clone();
    let (task, state) = (world.pick(&tasks), world.pick(&[Success, Failed, Skipped]));
    if let Some((task, state)) = task.zip(state) {
        let key = task_key(&key, &task);
        world.note(|| format!("somebody marks {key} {state}"));
        world.database().mark(&key, state, world.now());
        world.record(|| Done::Mark(key, state, world.now()));
    }
}

fn pause(world: &World) {
    let mut database = world.database();
    let dags: Vec<DagId> = database.dags.keys().cloned().collect();
    let Some(dag) = world
        .pick(&dags)
        .and_then(|dag_id| database.dags.get_mut(&dag_id))
    else {
        return;
    };
    dag.is_paused = !dag.is_paused;
    let change = Change::Dag(dag.dag_id.clone());
    world.note(|| format!("somebody pauses or unpauses {}", dag.dag_id));
    world.record(|| Done::Paused(dag.dag_id.clone(), dag.is_paused));
    database.feed.insert(change);
}

fn update_asset(world: &World) {
    let Some(name) = world.pick(&assets::ASSETS) else {
        return;
    };
    let (uri, now) = (assets::asset(name).uri, world.now());
    if world.database().update_asset(&uri, now) {
        world.note(|| format!("somebody updates asset {name}"));
        world.record(|| Done::Asset(uri, now));
    }
}

fn resize_pool(world: &World) {
    let (name, _) = dags::POOLS[world.below(dags::POOLS.len())];
    set_pool(world, name, 1 + world.below(4) as i32);
}

/// A pool gets so many slots.
pub(crate) fn set_pool(world: &World, name: &str, slots: i32) {
    world.note(|| format!("pool {name} has {slots} slots"));
    let pool = dags::pool(name, slots);
    world.record(|| Done::Pool(pool.clone()));
    let mut database = world.database();
    database.pools.insert(name.to_owned(), pool);
    database.feed.insert(Change::Pools);
}

/// No DAG is paused any more.
pub(crate) fn unpause_all(world: &World) {
    let mut database = world.database();
    let paused: Vec<DagId> = database
        .dags
        .values()
        .filter(|dag| dag.is_paused)
        .map(|dag| dag.dag_id.clone())
        .collect();
    for dag_id in paused {
        world.record(|| Done::Paused(dag_id.clone(), false));
        if let Some(dag) = database.dags.get_mut(&dag_id) {
            dag.is_paused = false;
        }
        database.feed.insert(Change::Dag(dag_id));
    }
}

/// Tasks of a DAG get other settings, and now and then the last one goes; its runs go on with the version they began with,
/// unless they want that one.
fn edit_dag(world: &World) {
    let at = world.below(2);
    let (retries, runs) = (world.below(3) as u32, 1 + world.below(3) as u32);
    let loses_task = world.one_in(3);
    world.sources().send_modify(|dags| {
        let Some(dag) = dags.get_mut(at) else { return };
        dag.max_active_runs = runs;
        if loses_task && dag.tasks.len() > 1 {
            dag.tasks.pop();
        }
        for task in &mut dag.tasks {
            task.retries = retries;
        }
    });
}

/// Somebody asks why a task does not run.
pub(crate) async fn ask_why(world: &World) {
    let Some(key) = some_run(world) else { return };
    let tasks = world.database().runs[&key].tasks.clone();
    let Some(task) = world.pick(&tasks) else { return };
    why(world, &key, &task).await;
}

/// Asks why a task does not run, and demands a true answer. Gives it.
pub(crate) async fn why(world: &World, run: &RunKey, task: &StoredTask) -> Vec<WaitReason> {
    let key = task_key(run, task);
    // What is answered and what it is judged by are one state of the database: nothing happens in between.
    let frozen = world.frozen();
    let database = frozen.database().clone();
    let reasons = explain(&Link(frozen), &key, database.slots(), false, world.now()).await;
    let reasons = reasons
        .expect("a frozen database answers")
        .expect("the task is there");
    promises::check_reasons(&database, &key, &reasons);
    reasons
}

fn some_run(world: &World) -> Option<RunKey> {
    let runs: Vec<RunKey> = world.database().runs.keys().cloned().collect();
    world.pick(&runs)
}
