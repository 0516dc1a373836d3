//! References to assets: what they mean when something happens, whichever of the two became known first.

use serde_json::json;
use updraft_model::{Asset, AssetExpression, AssetRef, DagSpec, RefEvent, Schedule, TaskInstanceState};
use updraft_store::{AssetEventFilter, AttemptVerdict, AttemptWriteKind};

use crate::support::{World, chain, dag_id, end, minute, object, on_both};

fn named(name: &str) -> AssetRef {
    AssetRef::Name(name.to_owned())
}

fn at(uri: &str) -> AssetRef {
    AssetRef::Uri(uri.to_owned())
}

fn orders() -> Asset {
    Asset::new("orders", "test://orders")
}

/// DAG `d`, whose task `a` updates an asset that another DAG describes, by both kinds of reference, and one that nobody does.
fn producer() -> DagSpec {
    let mut spec = chain("d", &["a", "b", "c"]);
    spec.tasks[0].outlet_refs = vec![named("orders"), at("test://orders"), named("nothing")];
    spec.tasks[0].inlet_refs = vec![named("rates")];
    spec
}

fn consumer(name: &str, assets: impl Into<AssetExpression>) -> DagSpec {
    let mut spec = chain(name, &["t"]);
    spec.schedule = Schedule::Assets {
        assets: assets.into(),
    };
    spec
}

/// DAG `owner`, which describes the asset.
fn owner() -> DagSpec {
    let mut spec = chain("owner", &["t"]);
    spec.tasks[0].inlets = vec![orders()];
    spec
}

fn success() -> AttemptWriteKind {
    let mut success = end(Some(TaskInstanceState::Success));
    if let AttemptWriteKind::End { ref_events, .. } = &mut success {
        for (rows, asset) in (1..).zip(producer().tasks.remove(0).outlet_refs) {
            let extra = object(&json!({ "rows": rows }));
            ref_events.push(RefEvent { asset, extra });
        }
    }
    success
}

/// What waits for a DAG, by name and address.
async fn queue(world: &World, name: &str) -> Vec<(String, String)> {
    let dag = world.store.dag(&dag_id(name)).await.unwrap().unwrap();
    let queue = dag.asset_queue.into_iter();
    queue.map(|event| (event.name, event.uri)).collect()
}

async fn record(world: &World) {
    let consumers = [
        consumer("by_name", named("orders")),
        consumer("by_uri", at("test://orders") & named("rates")),
        consumer("other", named("test://orders")),
    ];
    // Those that refer become known before what they mean.
    world.record("c.bundle.toml", &consumers).await;
    world.record("d.bundle.toml", &[producer()]).await;
    let ids = ["by_name", "by_uri", "other"].map(dag_id);
    world.store.set_paused(&ids, false).await.unwrap();
}

#[tokio::test]
async fn a_reference_means_what_is_known_when_something_happens() {
    on_both(async |world| {
        record(world).await;
        world.record("o.bundle.toml", &[owner()]).await;
        let (_, attempt) = world.running_task_of(&producer()).await;
        assert_eq!(world.write(attempt, success()).await, AttemptVerdict::Accepted);
        assert_eq!(world.write(attempt, success()).await, AttemptVerdict::Repeated);

        // Each reference is an outlet of its own, and what means nothing is none.
        let one = ("orders".to_owned(), "test://orders".to_owned());
        assert_eq!(queue(world, "by_name").await, [one.clone(), one.clone()]);
        assert_eq!(queue(world, "by_uri").await, [one.clone(), one]);
        assert_eq!(queue(world, "other").await, []);
        let missing = async |name: &str| {
            let dag = world.store.dag(&dag_id(name)).await.unwrap().unwrap();
            dag.missing_assets()
        };
        assert_eq!(missing("by_name").await, None);
        assert_eq!(
            missing("by_uri").await,
            Some(AssetExpression::from(named("rates")))
        );
        let events = world
            .store
            .asset_events(&AssetEventFilter::default())
            .await
            .unwrap();
        let said: Vec<_> = events.iter().map(|event| event.extra["rows"].clone()).collect();
        assert_eq!(said, [2, 1]);
    })
    .await;
}

#[tokio::test]
async fn an_event_from_outside_reaches_those_who_refer_to_its_asset() {
    on_both(async |world| {
        record(world).await;
        let happened = async || {
            let nothing = object(&json!({}));
            let event = world
                .store
                .create_asset_event("test://orders", &nothing, minute(1));
            event.await.unwrap()
        };
        assert_eq!(happened().await, None);
        world.record("o.bundle.toml", &[owner()]).await;
        assert!(happened().await.is_some());
        assert_eq!(queue(world, "by_name").await.len(), 1);
        assert_eq!(queue(world, "by_uri").await.len(), 1);

        // What waits for a schedule goes with the reference in it.
        world
            .record(
                "c.bundle.toml",
                &[
                    consumer("by_name", named("rates")),
                    consumer("by_uri", at("test://orders")),
                ],
            )
            .await;
        assert_eq!(queue(world, "by_name").await, []);
        assert_eq!(queue(world, "by_uri").await.len(), 1);
    })
    .await;
}
