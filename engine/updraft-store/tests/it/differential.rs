//! The same random operations on both databases: every answer and all contents must be equal.
//!
//! Each back end is the other's oracle. A failure names its seed; the same seed gives the same operations.

mod generator;

use std::fmt::{Debug, Display};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use updraft_model::{Asset, AttemptId, DagSpec, Pool, RunKey, TaskInstanceState, TaskKey};
use updraft_secrets::Connection;
use updraft_sql::{Db, inspect};
use updraft_store::{
    AssetEventFilter, AssetFilter, AttemptWrite, BrokenPart, CallbackFilter, CallbackWrite, DagFilter,
    DbOptions, PlanCommit, RunFilter, SourceRecord, StoreOptions,
};
use updraft_testing::databases;

use crate::support::{World, chain, dag_id, minute, trigger};
use generator::Generator;

/// Operations per seed.
const OPERATIONS: usize = 250;
/// Ids whose order depends on how text is compared.
const DAGS: [&str; 4] = ["b_dag", "B-dag", "_dag", "\u{e4}.dag"];
const TASKS: [&str; 4] = ["a", "B", "_c", "d.e"];

const ASSETS: [&str; 2] = ["one", "Two"];

fn asset(name: &str) -> Asset {
    Asset::new(name, format!("test://{name}"))
}

/// One of the two databases.
struct Side {
    world: World,
    db: Db,
}

#[tokio::test]
async fn both_databases_answer_alike() {
    for seed in [1, 2] {
        run(seed).await;
    }
}

async fn run(seed: u64) {
    let (sqlite, postgres) = (databases::sqlite(), databases::postgres().await);
    let sides = [side(&sqlite).await, side(&postgres).await];
    let random = ChaCha8Rng::seed_from_u64(seed);
    for side in &sides {
        // Both assets are always known, so that no event is refused: PostgreSQL would use up its number.
        let mut spec = chain("assets", &["t"]);
        spec.tasks[0].outlets = ASSETS.map(asset).to_vec();
        side.world.record("assets", &[spec]).await;
    }
    let mut generator = Generator {
        random,
        attempts: Vec::new(),
        events: Vec::new(),
        now: 0,
    };
    for number in 0..OPERATIONS {
        let picture = sides[0].world.store.picture().await.unwrap();
        let operation = generator.operation(&picture);
        let mut answers = Vec::new();
        for side in &sides {
            answers.push(operation.run(&side.world).await);
        }
        assert_eq!(
            answers[0], answers[1],
            "seed {seed}, operation {number}: {operation:?}"
        );
        if number % 25 == 24 {
            let contents = [&sides[0].db, &sides[1].db].map(inspect::contents);
            let [one, two] = contents;
            assert_eq!(
                one.await.unwrap(),
                two.await.unwrap(),
                "seed {seed}, operation {number}: {operation:?}"
            );
        }
    }
}

async fn side(database: &databases::TestDatabase) -> Side {
    let world = World::make(
        database,
        StoreOptions {
            xcom_bytes_max: 40,
            ..StoreOptions::default()
        },
    )
    .await;
    let db = Db::open(database.url(), &DbOptions::new("updraft"))
        .await
        .unwrap();
    Side { world, db }
}

/// What is wrong with sources of two DAGs.
const BROKEN: BrokenPart<'static> = BrokenPart {
    fileloc: "/g",
    message: "broken in part",
    dags: None,
};

#[derive(Debug)]
enum Operation {
    Record { source: String, dags: Vec<DagSpec> },
    ImportError { source: String },
    RemoveSource { source: String },
    Pause { dag: usize, is_paused: bool },
    Trigger { dag: usize, number: i64 },
    Commit(Box<PlanCommit>),
    Write(Vec<AttemptWrite>),
    Clear(Vec<TaskKey>),
    Mark(Vec<TaskKey>, TaskInstanceState),
    Kill(TaskKey),
    DeleteRun(RunKey),
    TakeChanges(usize),
    TakeOver(Vec<AttemptId>),
    Report(Vec<CallbackWrite>),
    Variable { key: String, value: Option<String> },
    Connection { conn_id: String, uri: Option<String> },
    Pool { name: String, slots: Option<i32> },
    AssetEvent { uri: String },
    Read { dag: usize, task: TaskKey, before: i64 },
}

fn answer<T: Debug, E: Display>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => format!("{value:#?}"),
        Err(error) => format!("error: {error}"),
    }
}

impl Operation {
    async fn run(&self, world: &World) -> String {
        let (store, now) = (&world.store, minute(77));
        match self {
            Self::Record { source, dags } => {
                let record = SourceRecord {
                    source,
                    fileloc: "/f",
                    code: None,
                    dags,
                    broken: (dags.len() == 2).then_some(BROKEN),
                };
                answer(store.record_source(&world.lease, &record, now, &world.ids).await)
            }
            Self::ImportError { source } => answer(
                store
                    .record_import_error(&world.lease, (source, "/f"), "broken \u{1F4A5}", now)
                    .await,
            ),
            Self::RemoveSource { source } => answer(store.remove_source(&world.lease, source).await),
            Self::Pause { dag, is_paused } => answer(
                store
                    .set_paused(&[dag_id(DAGS[*dag]), dag_id("none")], *is_paused)
                    .await,
            ),
            Self::Trigger { dag, number } => {
                answer(store.trigger_run(&trigger(DAGS[*dag], *number), now).await)
            }
            Self::Commit(plan) => answer(store.commit_plan(&world.lease, plan).await),
            Self::Write(writes) => answer(store.apply_attempt_writes(&world.lease, writes, now).await),
            Self::Clear(keys) => answer(store.clear_tasks(keys, now).await),
            Self::Mark(keys, state) => answer(store.mark_tasks(keys, *state, "marked", now).await),
            Self::Kill(key) => answer(store.kill_task(key, "killed", now).await),
            Self::DeleteRun(key) => answer(store.delete_run(key).await),
            Self::TakeChanges(changes_max) => answer(store.take_changes(&world.lease, *changes_max).await),
            Self::TakeOver(live) => answer(store.take_over_callbacks(&world.lease, live, now).await),
            Self::Report(writes) => answer(store.apply_callback_writes(&world.lease, writes).await),
            Self::Variable {
                key,
                value: Some(value),
            } => answer(store.set_variable(key, value, None, now).await),
            Self::Variable { key, value: None } => answer(store.delete_variable(key).await),
            Self::Connection {
                conn_id,
                uri: Some(uri),
            } => {
                let connection: Connection = uri.parse().unwrap();
                answer(store.set_connection(conn_id, &connection, now).await)
            }
            Self::Pool {
                name,
                slots: Some(slots),
            } => {
                let pool = Pool {
                    name: name.clone(),
                    slots: *slots,
                    description: "\u{e4}".to_owned(),
                    include_deferred: *slots > 2,
                };
                answer(store.set_pool(&pool).await)
            }
            Self::AssetEvent { uri } => {
                let extra = json!({"\u{e4}": 1.5}).as_object().unwrap().clone();
                answer(store.create_asset_event(uri, &extra, now).await)
            }
            Self::Pool { name, slots: None } => answer(store.delete_pool(name).await),
            Self::Connection { conn_id, uri: None } => answer(store.delete_connection(conn_id).await),
            Self::Read { dag, task, before } => read(world, *dag, task, *before).await,
        }
    }
}

/// Everything that can be read.
async fn read(world: &World, dag: usize, task: &TaskKey, before: i64) -> String {
    let store = &world.store;
    let filter = RunFilter {
        from: Some(minute(before)),
        limit: Some(3),
        ..RunFilter::all(dag_id(DAGS[dag]))
    };
    [
        answer(store.picture().await),
        answer(
            store
                .dags(DagFilter {
                    with_inactive: true,
                    is_paused: None,
                })
                .await,
        ),
        answer(store.runs(&filter).await),
        answer(store.import_errors().await),
        answer(store.stored_run(&task.run_key()).await),
        answer(store.task_instances(&task.run_key()).await),
        answer(store.attempts(task).await),
        answer(store.xcoms(task).await),
        answer(store.xcom_or_prior(task, "k1").await),
        answer(store.xcom_count(&task.run_key(), &task.task_id, "k1").await),
        answer(
            store
                .xcom_slice(&task.run_key(), &task.task_id, "k1", (1, 2))
                .await,
        ),
        answer(store.task_instance(task).await),
        answer(store.mapped_length(&task.run_key(), &task.task_id).await),
        answer(store.silent_attempts(minute(before)).await),
        answer(store.connections().await),
        answer(
            store
                .callbacks(&CallbackFilter {
                    limit: 9,
                    ..CallbackFilter::default()
                })
                .await,
        ),
        answer(store.pools().await),
        answer(store.assets(&AssetFilter::default()).await),
        answer(store.asset_events(&AssetEventFilter::default()).await),
        answer(store.consumed_asset_events(&task.run_key()).await),
        answer(store.variables().await.map(|all| {
            all.into_iter()
                .map(|row| (row.key, row.value))
                .collect::<Vec<_>>()
        })),
    ]
    .join("\n")
}
