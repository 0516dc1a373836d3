//! The real scheduler in a simulated world: one seed decides about everything that happens.
//!
//! Clock, database, executor and workers are simulated; the dispatcher, its planner and what attempts talk to are the real
//! ones. Two machines compete for one lease, and run what the other one plans. They crash at any await, stand still, lose connections before and after the
//! database did its work; workers hang, repeat themselves and come late; people interfere. At every commit the promises
//! are checked; in the end everything calms down, and every run must end.
//!
//! A seed that fails is printed and replays: `UPDRAFT_SIMULATION_SEED=N` runs it alone and shows what happened.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Builder;
use tokio::task::LocalSet;
use updraft_model::{Clock, DagId, DagRunState, RunKey, RunType, Schedule, TaskInstanceState};
use updraft_planner::WaitCode;
use updraft_store::{CallbackRow, Picture, StoredRun, StoredTask};
use updraft_testing::databases;

mod assets;
mod backfills;
mod changes;
mod crew;
mod dags;
mod database;
mod deadlines;
mod ledger;
mod outbox;
mod people;
mod process;
mod promises;
mod record;
mod timetables;
mod triggers;
mod waits;
mod worker;
mod world;

use process::Machine;
use record::Done;
use world::{Trace, World};

/// Seeds of the normal and of the deep run.
const SEEDS: (u64, u64) = (10_000, 1_000_000);

/// Things that happen in one history, beside the work itself.
const INCIDENTS: usize = 30;

/// Histories that are repeated on real databases.
const REPLAYED: u64 = 8;

/// A world in which nobody has written anything for so long is at rest: longer than any delay there is.
const QUIET: Duration = Duration::from_secs(150);

#[test]
fn every_seed_keeps_the_promises_and_every_run_ends() {
    if let Some(seed) = variable("UPDRAFT_SIMULATION_SEED") {
        let seed = seed.parse().expect("UPDRAFT_SIMULATION_SEED is a number");
        history(seed, Trace::Printed);
        return;
    }
    let seeds = match variable("UPDRAFT_SIMULATION_SEEDS") {
        Some(seeds) => seeds.parse().expect("UPDRAFT_SIMULATION_SEEDS is a number"),
        None if variable("UPDRAFT_TEST_DEEP").is_some() => SEEDS.1,
        None => SEEDS.0,
    };
    let (next, failed) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while failed.load(Ordering::Relaxed) == u64::MAX {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        break;
                    }
                    if catch_unwind(AssertUnwindSafe(|| history(seed, Trace::None))).is_err() {
                        failed.fetch_min(seed, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner();
    assert_eq!(
        failed,
        u64::MAX,
        "replay it with UPDRAFT_SIMULATION_SEED={failed}"
    );
}

#[test]
fn the_same_seed_is_the_same_history() {
    for seed in 0..3 {
        let (once, again) = (history(seed, Trace::Kept).told, history(seed, Trace::Kept).told);
        assert!(once.len() > INCIDENTS, "seed {seed} tells {} lines", once.len());
        for (line, (once, again)) in once.iter().zip(&again).enumerate() {
            assert_eq!(once, again, "seed {seed}, line {line}");
        }
        assert_eq!(once.len(), again.len(), "seed {seed}");
    }
}

/// A real database gives the same answers as the simulated one to everything that it was asked, and holds the same then.
#[test]
fn real_databases_answer_like_the_simulated_one() {
    let lived: Vec<Lived> = (0..REPLAYED).map(|seed| history(seed, Trace::Kept)).collect();
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(databases::on_both(async |database| {
        for lived in &lived {
            record::replay(database, lived).await;
        }
    }));
}

/// What is left of a history.
struct Lived {
    /// What happened, in words.
    told: Vec<String>,
    /// What the database did.
    done: Vec<Done>,
    /// What it holds in the end.
    picture: Picture,
    /// The outbox, by id.
    callbacks: Vec<CallbackRow>,
}

/// Lives through one history. What it leaves is complete if it is kept.
fn history(seed: u64, trace: Trace) -> Lived {
    let mut builder = Builder::new_current_thread();
    let runtime = builder
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    LocalSet::new().block_on(&runtime, live(seed, trace))
}

async fn live(seed: u64, trace: Trace) -> Lived {
    let began: Timestamp = "2024-01-01T12:34:00Z".parse().expect("a time");
    let world = World::new(seed, began, trace);
    world.database().parallelism = 1 + world.below(5);
    let has_crew = world.one_in(6);
    world.database().has_crew = has_crew;
    for (name, slots) in dags::POOLS {
        world
            .database()
            .pools
            .insert(name.to_owned(), dags::pool(name, slots));
    }
    let dags = ["x", "y"].map(|name| dags::random(&world, name, began));
    world.sources().send_replace(dags.into());
    let mut machines = ["one", "two"].map(|name| Machine::start(&world, name));
    for _ in 0..INCIDENTS {
        tokio::time::sleep(world.between(Duration::ZERO, Duration::from_secs(30))).await;
        let machine = world.below(machines.len());
        match world.below(16) {
            0 | 1 => machines[machine].crash(),
            2 => machines[machine].pause(world.between(Duration::ZERO, Duration::from_secs(90))),
            3 => {
                world.note(|| "the database is away".to_owned());
                world.begin_outage(world.between(Duration::ZERO, Duration::from_secs(40)));
            }
            4..=7 => people::ask_why(&world).await,
            _ => people::act(&world),
        }
        for machine in &mut machines {
            machine.must_be_alive().await;
        }
    }
    rest(&world, &mut machines).await;
    check_end(&world, began);
    machines.into_iter().for_each(Machine::stop);
    let picture = world.database().picture();
    let callbacks = world.database().callbacks.values().cloned().collect();
    Lived {
        told: world.told(),
        done: world.done(),
        picture,
        callbacks,
    }
}

/// Nothing goes wrong any more: every run ends, but for those that wait for an earlier one that ended badly.
async fn rest(world: &World, machines: &mut [Machine]) {
    world.note(|| "everything calms down".to_owned());
    world.calm_down();
    for (name, _) in dags::POOLS {
        people::set_pool(world, name, 128);
    }
    people::unpause_all(world);
    backfills::change_all(world, updraft_model::BackfillEvent::Unpause);
    world.wake();
    let mut seen = 0;
    loop {
        tokio::time::sleep(QUIET).await;
        for machine in &mut *machines {
            machine.must_be_alive().await;
        }
        let writes = world.database().writes;
        if writes == seen {
            break;
        }
        seen = writes;
    }
    let unfinished: Vec<RunKey> = {
        let database = world.database();
        let runs = database.runs.values().filter(|run| !run.state.is_finished());
        runs.map(|run| run.key.clone()).collect()
    };
    for key in unfinished {
        must_wait(world, &key).await;
    }
}

/// Demands that a run that does not end waits for the run before, or for its turn behind such a one.
async fn must_wait(world: &World, key: &RunKey) {
    let run = world.database().runs[key].clone();
    let mut reasons = Vec::new();
    let is_open = |task: &&StoredTask| !task.state.is_some_and(TaskInstanceState::is_finished);
    for task in run.tasks.iter().filter(is_open) {
        reasons.extend(people::why(world, key, task).await);
    }
    let waits_for_past = reasons
        .iter()
        .any(|reason| reason.code == WaitCode::DependsOnPast);
    let may_wait = match run.state {
        DagRunState::Queued => !world.database().has_room_for_run(&run),
        _ => waits_for_past,
    };
    assert!(
        may_wait && run.spec.looks_back(),
        "{key} never ends, it is {}: {reasons:?}",
        run.state
    );
}

/// Nothing is left over, and every moment of a schedule has its run.
fn check_end(world: &World, began: Timestamp) {
    let database = world.database();
    assert_eq!(database.live().count(), 0, "attempts are left");
    outbox::check_end(&database);
    deadlines::check_end(&database, world.now());
    let is_blocked = |dag_id: &DagId| {
        let of_dag = database.runs.values().filter(|run| run.key.dag_id == *dag_id);
        of_dag.filter(|run| !run.state.is_finished()).count() > 0
    };
    database.check_assets(is_blocked);
    for dag in database.dags.values() {
        let is_blocked = database
            .runs
            .values()
            .any(|run| run.key.dag_id == dag.dag_id && !run.state.is_finished());
        if *dag.spec.schedule.by_time() == Schedule::None || !dag.spec.catchup || is_blocked {
            continue;
        }
        let moments = dags::moments(began);
        // A run that somebody triggers at just that moment has its date.
        let of_dag = database.runs.values().filter(|run| run.key.dag_id == dag.dag_id);
        let moment = |run: &StoredRun| {
            let date = run.logical_date?;
            (run.run_type == RunType::Scheduled || moments.contains(&date)).then_some(date)
        };
        let found: BTreeSet<Timestamp> = of_dag.filter_map(moment).collect();
        assert_eq!(found, moments, "{}", dag.dag_id);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test runner says so by environment variables"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
