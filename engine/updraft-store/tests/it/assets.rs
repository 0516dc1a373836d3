//! Assets: who names them, their events, the queues, and consumption.

use std::collections::BTreeSet;

use serde_json::{Map, json};
use updraft_model::{
    Asset, AssetEventId, AssetExpression, DagRunState, DagSpec, DataInterval, OutletEvent, RunId, RunKey,
    RunType, Schedule, TaskInstanceState,
};
use updraft_store::{
    AssetEventFilter, AssetFilter, AttemptVerdict, AttemptWriteKind, Change, CommitError, ConsumedAssets,
    NewRun, PlanCommit, StoredDag, Trigger,
};

use crate::support::{World, chain, dag_id, end, minute, object, on_both, start_run, task, task_id, trigger};

const SUCCESS: Option<TaskInstanceState> = Some(TaskInstanceState::Success);

fn asset(name: &str) -> Asset {
    Asset::new(name, format!("test://{name}"))
}

/// DAG `d`, whose task `a` updates both assets.
fn producer() -> DagSpec {
    let mut spec = chain("d", &["a", "b", "c"]);
    spec.tasks[0].outlets = vec![asset("one").group("pair"), asset("two")];
    spec
}

/// A DAG that waits for assets.
fn consumer(name: &str, assets: impl Into<AssetExpression>) -> DagSpec {
    let mut spec = chain(name, &["t"]);
    spec.schedule = Schedule::Assets {
        assets: assets.into(),
    };
    spec
}

/// The producer, and consumers of one, of both, and one that is paused.
async fn record(world: &World) {
    world.record("d.bundle.toml", &[producer()]).await;
    let consumers = [
        consumer("one", asset("one")),
        consumer("both", asset("one") & asset("two")),
        consumer("paused", asset("two")),
    ];
    world.record("c.bundle.toml", &consumers).await;
    world
        .store
        .set_paused(&[dag_id("one"), dag_id("both")], false)
        .await
        .unwrap();
    world.store.set_paused(&[dag_id("paused")], true).await.unwrap();
    world.store.take_changes(&world.lease, 99).await.unwrap();
}

/// The success of task `a`, which has something to say about asset `one`.
fn success() -> AttemptWriteKind {
    let event = |name: &str, extra| OutletEvent {
        asset: asset(name),
        extra,
        aliases: BTreeSet::new(),
    };
    let mut success = end(SUCCESS);
    if let AttemptWriteKind::End { events, .. } = &mut success {
        events.push(event("one", object(&json!({"rows": 3}))));
        events.push(event("two", Map::new()));
    }
    success
}

async fn dag(world: &World, name: &str) -> StoredDag {
    world.store.dag(&dag_id(name)).await.unwrap().unwrap()
}

/// What waits for a DAG: the number of each event, its asset, and whether it counts.
async fn queue(world: &World, name: &str) -> Vec<(i64, String, bool)> {
    let queue = dag(world, name).await.asset_queue.into_iter();
    queue
        .map(|event| {
            (
                event.event.0,
                event.uri.trim_start_matches("test://").to_owned(),
                event.counts,
            )
        })
        .collect()
}

/// A plan that makes a run of a DAG that consumes these events.
async fn consumption(world: &World, name: &str, date: i64, events: &[i64]) -> PlanCommit {
    let dag = dag(world, name).await;
    let key = RunKey {
        dag_id: dag_id(name),
        run_id: RunId::parse(&format!("asset{date}")).unwrap(),
    };
    let run = NewRun {
        key: key.clone(),
        version: dag.version,
        run_type: RunType::AssetTriggered,
        logical_date: Some(minute(date)),
        data_interval: Some(DataInterval::exact(minute(date))),
        run_after: minute(date),
        queued_at: minute(date),
        conf: Map::new(),
        triggered_by: None,
        backfill: None,
        tasks: Vec::new(),
    };
    PlanCommit {
        new_runs: vec![run],
        consumed: vec![ConsumedAssets {
            key,
            logical_date: minute(date),
            events: events.iter().map(|event| AssetEventId(*event)).collect(),
        }],
        ..PlanCommit::default()
    }
}

#[tokio::test]
async fn a_success_is_an_event_of_each_outlet_and_waits_for_each_consumer() {
    on_both(async |world| {
        record(world).await;
        let (key, attempt) = world.running_task_of(&producer()).await;
        assert_eq!(world.write(attempt, success()).await, AttemptVerdict::Accepted);
        assert_eq!(world.write(attempt, success()).await, AttemptVerdict::Repeated);

        assert_eq!(queue(world, "one").await, [(1, "one".to_owned(), true)]);
        let both = [(1, "one".to_owned(), true), (2, "two".to_owned(), true)];
        assert_eq!(queue(world, "both").await, both);
        assert_eq!(queue(world, "paused").await, [(2, "two".to_owned(), false)]);

        let queued = world.store.queued_asset_events(&[attempt]).await.unwrap();
        let queued: Vec<(i64, &str)> = queued
            .iter()
            .map(|(dag_id, event)| (event.event.0, dag_id.as_str()))
            .collect();
        assert_eq!(queued, [(1, "both"), (1, "one"), (2, "both"), (2, "paused")]);
        let run = world.store.run(&key.run_key()).await.unwrap().unwrap();
        let waiting = dag(world, "one").await.asset_queue;
        assert_eq!(waiting[0].data_interval, run.data_interval);

        let events = world
            .store
            .asset_events(&AssetEventFilter::default())
            .await
            .unwrap();
        let first = events.last().unwrap();
        assert_eq!(
            (events.len(), first.name.as_str(), first.group.as_str()),
            (2, "one", "pair")
        );
        assert_eq!(
            (&first.source, &first.extra),
            (&Some(key), &object(&json!({"rows": 3})))
        );
        assert_eq!(first.at, minute(4));
    })
    .await;
}

#[tokio::test]
async fn a_run_takes_its_events_out_of_the_queue_once() {
    on_both(async |world| {
        record(world).await;
        let (_, attempt) = world.running_task_of(&producer()).await;
        world.write(attempt, success()).await;
        let plan = consumption(world, "both", 10, &[1, 2]).await;
        world.store.commit_plan(&world.lease, &plan).await.unwrap();

        assert_eq!(queue(world, "both").await, []);
        assert_eq!(
            queue(world, "one").await.len(),
            1,
            "another consumer has its own queue"
        );
        assert_eq!(dag(world, "both").await.last_asset_date, Some(minute(10)));
        let run = &plan.consumed[0].key;
        let consumed = world.store.consumed_asset_events(run).await.unwrap();
        let numbers: Vec<i64> = consumed.iter().map(|event| event.event.0).collect();
        assert_eq!(numbers, [1, 2]);
        let stored = world.store.stored_run(run).await.unwrap().unwrap();
        assert_eq!(
            (stored.consumed, stored.run_type),
            (consumed, RunType::AssetTriggered)
        );

        let again = consumption(world, "both", 11, &[1, 2]).await;
        let refused = world.store.commit_plan(&world.lease, &again).await.unwrap_err();
        assert!(
            matches!(refused, CommitError::Conflict { what: "asset events" }),
            "{refused}"
        );
        assert_eq!(world.store.run(&again.consumed[0].key).await.unwrap(), None);
        assert!(world.store.delete_run(run).await.unwrap());
        assert_eq!(
            queue(world, "both").await,
            [],
            "what was consumed does not come back"
        );
    })
    .await;
}

#[tokio::test]
async fn a_run_whose_date_is_taken_comes_later() {
    on_both(async |world| {
        record(world).await;
        world
            .store
            .create_asset_event(&asset("one").uri, &Map::new(), minute(9))
            .await
            .unwrap();
        let by_hand = Trigger {
            logical_date: Some(minute(9)),
            ..trigger("one", 1)
        };
        world.store.trigger_run(&by_hand, minute(9)).await.unwrap();
        let plan = consumption(world, "one", 9, &[1]).await;
        let refused = world.store.commit_plan(&world.lease, &plan).await.unwrap_err();
        assert!(
            matches!(refused, CommitError::Conflict { what: "runs" }),
            "{refused}"
        );
        assert_eq!(dag(world, "one").await.last_asset_date, Some(minute(9)));
        assert_eq!(queue(world, "one").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_event_from_outside_wakes_those_who_wait_for_it() {
    on_both(async |world| {
        record(world).await;
        let extra = object(&json!({"by": "hand"}));
        let event = world
            .store
            .create_asset_event(&asset("one").uri, &extra, minute(7))
            .await
            .unwrap();
        assert_eq!(event, Some(AssetEventId(1)));
        let changes = world.store.take_changes(&world.lease, 9).await.unwrap();
        assert_eq!(changes, [Change::Dag(dag_id("both")), Change::Dag(dag_id("one"))]);
        assert_eq!(queue(world, "one").await, [(1, "one".to_owned(), true)]);
        let events = world
            .store
            .asset_events(&AssetEventFilter::default())
            .await
            .unwrap();
        assert_eq!((&events[0].source, &events[0].extra), (&None, &extra));
        let missing = dag(world, "both").await.missing_assets().unwrap();
        assert_eq!(missing.to_string(), "two");
        let unknown = world
            .store
            .create_asset_event("test://none", &extra, minute(7))
            .await
            .unwrap();
        assert_eq!(unknown, None);
    })
    .await;
}

#[tokio::test]
async fn assets_are_listed_with_those_who_name_them() {
    on_both(async |world| {
        record(world).await;
        let all = world.store.assets(&AssetFilter::default()).await.unwrap();
        let names: Vec<&str> = all.iter().map(|row| row.asset.name.as_str()).collect();
        assert_eq!(names, ["one", "two"]);
        assert_eq!(all[0].consumers, [dag_id("both"), dag_id("one")]);
        assert_eq!(all[0].producers, [(dag_id("d"), task_id("a"))]);
        assert_eq!(
            all[0].asset.group, "pair",
            "a consumer that says nothing of it takes nothing away"
        );
        let filter = AssetFilter {
            name: Some("two".to_owned()),
            uri: None,
        };
        let two = world.store.assets(&filter).await.unwrap();
        assert_eq!((two.len(), two[0].asset.uri.as_str()), (1, "test://two"));
        world
            .store
            .remove_source(&world.lease, "d.bundle.toml")
            .await
            .unwrap();
        world
            .store
            .remove_source(&world.lease, "c.bundle.toml")
            .await
            .unwrap();
        assert_eq!(world.store.assets(&AssetFilter::default()).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_an_asset_that_a_schedule_names_no_more_is_forgotten() {
    on_both(async |world| {
        record(world).await;
        for name in ["one", "two"] {
            let uri = asset(name).uri;
            world
                .store
                .create_asset_event(&uri, &Map::new(), minute(7))
                .await
                .unwrap();
        }
        let others = [consumer("one", asset("one")), consumer("both", asset("two"))];
        world.record("c.bundle.toml", &others).await;
        assert_eq!(queue(world, "both").await, [(2, "two".to_owned(), true)]);
        assert_eq!(queue(world, "one").await, [(1, "one".to_owned(), true)]);
    })
    .await;
}

#[tokio::test]
async fn an_asset_has_one_name_in_all_sources() {
    on_both(async |world| {
        record(world).await;
        let mut other = chain("other", &["t"]);
        other.tasks[0].outlets = vec![Asset::new("eins", "test://one")];
        world.record("o.bundle.toml", &[other.clone(), chain("good", &["t"])]).await;
        assert_eq!(world.store.dag(&dag_id("other")).await.unwrap(), None);
        assert!(dag(world, "good").await.is_active, "the others of the source are taken");
        let errors = world.store.import_errors().await.unwrap();
        assert_eq!(
            errors[0].message,
            "dag `other`: task `t`: outlets: the uri `test://one` is called `one` and `eins`, an asset has one name; \
             DAG `both` of `c.bundle.toml` names it too, call it the same there or give this one another name and uri"
        );
        // A DAG that was good before stays as it was.
        let mut renamed = producer();
        renamed.tasks[0].outlets[0].name = "eins".to_owned();
        world.record("d.bundle.toml", &[renamed.clone()]).await;
        assert_eq!(dag(world, "d").await.spec.tasks[0].outlets[0].name, "one");
        assert!(dag(world, "d").await.is_active);
        // Once the other sources say the same, it is taken: those that cannot be read hold no name.
        let consumers = [consumer("one", Asset::new("eins", "test://one"))];
        world.record("c.bundle.toml", &consumers).await;
        world.record("d.bundle.toml", &[renamed]).await;
        world.record("o.bundle.toml", &[other]).await;
        assert_eq!(world.store.import_errors().await.unwrap(), []);
        assert_eq!(dag(world, "d").await.spec.tasks[0].outlets[0].name, "eins");
        assert!(dag(world, "other").await.is_active);
    })
    .await;
}

impl World {
    /// A task that runs, the first one of a DAG that was recorded.
    pub(crate) async fn running_task_of(
        &self,
        spec: &DagSpec,
    ) -> (updraft_model::TaskKey, updraft_model::AttemptId) {
        let run = self
            .store
            .trigger_run(&trigger(spec.dag_id.as_str(), 1), minute(1))
            .await
            .unwrap();
        let plan = PlanCommit {
            run_states: vec![start_run(&run)],
            ..PlanCommit::default()
        };
        self.store.commit_plan(&self.lease, &plan).await.unwrap();
        let stored = self.store.run(&run).await.unwrap().unwrap();
        assert_eq!(stored.state, DagRunState::Running);
        let key = task(&run, "a");
        let attempt = self.run_task(&key, None, 1).await;
        (key, attempt)
    }
}
