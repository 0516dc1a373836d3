//! Asset aliases: who names them, what stands behind them, and which DAGs wait for events by them.

use std::collections::BTreeSet;

use serde_json::json;
use updraft_model::{Asset, AssetAlias, AssetExpression, DagSpec, OutletEvent, Schedule, TaskInstanceState};
use updraft_store::{
    AssetFilter, AssetListFilter, AttemptVerdict, AttemptWriteKind, EventsAsked, EventsOf, ListedAsset,
    Paging,
};

use crate::support::{World, chain, dag_id, end, object, on_both, task_id};

const SUCCESS: Option<TaskInstanceState> = Some(TaskInstanceState::Success);

fn daily() -> Asset {
    Asset::new("daily", "test://daily")
}

/// DAG `d`, whose task `a` updates an asset and names others by two aliases.
fn producer() -> DagSpec {
    let mut spec = chain("d", &["a", "b", "c"]);
    spec.tasks[0].outlets = vec![daily()];
    spec.tasks[0].outlet_aliases = vec![AssetAlias::new("exports"), AssetAlias::new("files")];
    spec
}

fn consumer(name: &str, assets: impl Into<AssetExpression>) -> DagSpec {
    let mut spec = chain(name, &["t"]);
    spec.schedule = Schedule::Assets {
        assets: assets.into(),
    };
    spec
}

async fn record(world: &World) {
    world.record("d.bundle.toml", &[producer()]).await;
    let consumers = [
        consumer("exports", AssetAlias::new("exports")),
        consumer("both", AssetAlias::new("exports") & daily()),
        consumer("other", AssetAlias::new("other")),
    ];
    world.record("c.bundle.toml", &consumers).await;
    let ids = ["exports", "both", "other"].map(dag_id);
    world.store.set_paused(&ids, false).await.unwrap();
}

fn event(name: &str, extra: serde_json::Value, aliases: &[&str]) -> OutletEvent {
    OutletEvent {
        asset: Asset::new(name, format!("test://{name}")),
        extra: object(&extra),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
    }
}

/// The success of task `a`: its outlet, a new asset by both aliases, and its outlet again by one.
fn success() -> AttemptWriteKind {
    let mut success = end(SUCCESS);
    if let AttemptWriteKind::End { events, .. } = &mut success {
        events.push(event("daily", json!({}), &[]));
        events.push(event("new", json!({"rows": 3}), &["exports", "files"]));
        events.push(event("daily", json!({}), &["files"]));
    }
    success
}

/// What waits for a DAG: the asset of each event and by which aliases the DAG waits for it.
async fn queue(world: &World, name: &str) -> Vec<(String, Vec<String>)> {
    let dag = world.store.dag(&dag_id(name)).await.unwrap().unwrap();
    let queue = dag.asset_queue.into_iter();
    queue.map(|event| (event.uri, event.aliases)).collect()
}

#[tokio::test]
async fn what_is_named_by_an_alias_becomes_known_and_waits_for_who_waits_for_the_alias() {
    on_both(async |world| {
        record(world).await;
        let (_, attempt) = world.running_task_of(&producer()).await;
        assert_eq!(world.write(attempt, success()).await, AttemptVerdict::Accepted);
        assert_eq!(world.write(attempt, success()).await, AttemptVerdict::Repeated);

        let new = ("test://new".to_owned(), vec!["exports".to_owned()]);
        let outlet = ("test://daily".to_owned(), Vec::new());
        assert_eq!(queue(world, "exports").await, std::slice::from_ref(&new));
        assert_eq!(queue(world, "other").await, []);
        // Its outlet came twice: as such, and by an alias for which nobody waits.
        assert_eq!(queue(world, "both").await, [outlet.clone(), new, outlet]);
        let dag = world.store.dag(&dag_id("both")).await.unwrap().unwrap();
        assert_eq!(dag.missing_assets(), None);

        let known = world.store.assets(&AssetFilter::default()).await.unwrap();
        let names: Vec<&str> = known.iter().map(|row| row.asset.name.as_str()).collect();
        assert_eq!(names, ["daily", "new"]);
    })
    .await;
}

#[tokio::test]
async fn aliases_are_listed_with_what_stands_behind_them() {
    on_both(async |world| {
        record(world).await;
        assert!(world.store.assets_of_alias("exports").await.unwrap().is_empty());
        let (_, attempt) = world.running_task_of(&producer()).await;
        world.write(attempt, success()).await;

        let rows = world.store.asset_aliases(None).await.unwrap();
        let names: Vec<&str> = rows.iter().map(|row| row.alias.name.as_str()).collect();
        assert_eq!(names, ["exports", "files", "other"]);
        let files = world.store.asset_aliases(Some("files")).await.unwrap().remove(0);
        assert_eq!(files.uris, ["test://daily", "test://new"]);
        assert_eq!(files.producers, [(dag_id("d"), task_id("a"))]);
        assert_eq!(rows[0].consumers, [dag_id("both"), dag_id("exports")]);
        let behind = world.store.assets_of_alias("exports").await.unwrap();
        assert_eq!(behind, [Asset::new("new", "test://new")]);

        let listed = async |filter: AssetListFilter| {
            let paging = Paging {
                limit: 10,
                ..Paging::default()
            };
            let (assets, _) = world.store.asset_page(&filter, &paging).await.unwrap();
            let aliases = |one: ListedAsset| one.aliases.into_iter().map(|(_, alias)| alias.name);
            let named = assets
                .into_iter()
                .map(|one| (one.row.asset.name.clone(), aliases(one).collect()));
            named.collect::<Vec<(String, Vec<String>)>>()
        };
        let active = AssetListFilter {
            only_active: true,
            ..AssetListFilter::default()
        };
        let daily = ("daily".to_owned(), vec!["files".to_owned()]);
        let new = ("new".to_owned(), vec!["exports".to_owned(), "files".to_owned()]);
        assert_eq!(listed(active).await, [daily, new]);

        // A DAG that names it no more.
        world.record("c.bundle.toml", &[]).await;
        let rows = world.store.asset_aliases(Some("other")).await.unwrap();
        assert_eq!(rows, []);
    })
    .await;
}

#[tokio::test]
async fn events_are_found_by_the_alias_that_told_them() {
    on_both(async |world| {
        record(world).await;
        let (_, attempt) = world.running_task_of(&producer()).await;
        world.write(attempt, success()).await;
        let told = async |alias: &str, oldest_first| {
            let asked = EventsAsked {
                of: EventsOf::Alias(alias.to_owned()),
                after: None,
                before: None,
                limit: 10,
                oldest_first,
            };
            let events = world.store.events_of_asset(&asked).await.unwrap();
            let names = events.into_iter().map(|(event, _)| event.name);
            names.collect::<Vec<_>>()
        };
        assert_eq!(told("files", true).await, ["new", "daily"]);
        assert_eq!(told("files", false).await, ["daily", "new"]);
        assert_eq!(told("exports", true).await, ["new"]);
        assert_eq!(told("other", true).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn what_waits_is_forgotten_with_the_alias_in_the_schedule() {
    on_both(async |world| {
        record(world).await;
        let (_, attempt) = world.running_task_of(&producer()).await;
        world.write(attempt, success()).await;
        world
            .record("c.bundle.toml", &[consumer("exports", AssetAlias::new("other"))])
            .await;
        assert_eq!(queue(world, "exports").await, []);
    })
    .await;
}

#[test]
fn an_alias_is_met_by_whatever_stands_behind_it() {
    let mut updated = updraft_model::UpdatedAssets::default();
    let both = AssetAlias::new("exports") & daily();
    assert_eq!(both.to_string(), "exports & daily");
    updated.uris = BTreeSet::from(["test://new".to_owned()]);
    updated.aliases = BTreeSet::from(["exports".to_owned()]);
    assert_eq!(both.missing(&updated), Some(daily().into()));
    updated.uris.insert(daily().uri);
    assert!(both.is_met(&updated));
}
