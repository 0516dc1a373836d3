//! Assets, which Airflow 2 calls datasets: what updates them, what waits for them, and their events.

use serde_json::{Map, Value};
use updraft_auth::{Action, Identity, Resource};
use updraft_model::DagId;
use updraft_store::{
    AssetEventListFilter, AssetListFilter, ListedAsset, ListedAssetEvent, Paging, QueuedAssetFilter,
    QueuedAssetRow, RunRow,
};

use super::elsewhere::elsewhere;
use super::{dags, readable, runs};
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::Paged;

/// What assets can be sorted by.
pub(crate) const COLUMNS: [&str; 6] = ["id", "uri", "name", "group", "created_at", "updated_at"];
/// What their events can be sorted by.
pub(crate) const EVENT_COLUMNS: [&str; 8] = [
    "id",
    "timestamp",
    "asset_id",
    "dataset_id",
    "source_dag_id",
    "source_task_id",
    "source_run_id",
    "source_map_index",
];
/// The most lines of what waits that are shown at once. Airflow shows all.
const QUEUED_MAX: u32 = 1000;

const ONE: Paging = Paging {
    sort: updraft_store::SortKeys {
        first: None,
        second: None,
    },
    limit: 1,
    offset: 0,
};

/// A page of assets.
pub(crate) async fn list(
    api: &Api,
    filter: &AssetListFilter,
    paging: &Paging,
) -> Result<Paged<ListedAsset>, Failure> {
    let (rows, total) = api.store().asset_page(filter, paging).await?;
    Ok(Paged { rows, total })
}

/// The asset of a number, also one that no active DAG names.
pub(crate) async fn get(api: &Api, asset_id: i64) -> Result<ListedAsset, Failure> {
    let filter = AssetListFilter {
        asset_id: Some(asset_id),
        ..AssetListFilter::default()
    };
    let found = list(api, &filter, &ONE).await?.rows.pop();
    found.ok_or_else(|| unknown(&asset_id.to_string()))
}

/// The asset with a uri, also one that no active DAG names.
pub(crate) async fn by_uri(api: &Api, uri: &str) -> Result<ListedAsset, Failure> {
    let filter = AssetListFilter {
        uri: Some(uri.to_owned()),
        ..AssetListFilter::default()
    };
    let found = list(api, &filter, &ONE).await?.rows.pop();
    found.ok_or_else(|| unknown(uri))
}

fn unknown(which: &str) -> Failure {
    Failure::NotFound(format!("there is no asset `{which}`"))
}

/// A page of events.
pub(crate) async fn events(
    api: &Api,
    filter: AssetEventListFilter,
    paging: Paging,
) -> Result<Paged<ListedAssetEvent>, Failure> {
    let store = api.store().clone();
    let (rows, total) = elsewhere(async move || store.asset_event_page(&filter, &paging).await).await??;
    Ok(Paged { rows, total })
}

/// Makes an event of an asset: those who wait for the asset are told that it was updated.
pub(crate) async fn create_event(
    actor: &Actor<'_>,
    uri: &str,
    mut extra: Map<String, Value>,
) -> Result<ListedAssetEvent, Failure> {
    extra.insert("from_rest_api".to_owned(), Value::Bool(true));
    let api = actor.api;
    let (store, wanted, now) = (actor.store(), uri.to_owned(), api.now());
    let made = elsewhere(async move || store.create_asset_event(&wanted, &extra, now).await).await??;
    let event = made.ok_or_else(|| unknown(uri))?;
    let filter = AssetEventListFilter {
        event_id: Some(event.0),
        ..AssetEventListFilter::default()
    };
    let found = events(api, filter, ONE).await?.rows.pop();
    found.ok_or_else(|| Failure::NotFound("the event has just been deleted".to_owned()))
}

/// What waits for DAGs that somebody may read.
pub(crate) async fn queued(
    (api, identity): (&Api, &Identity),
    filter: QueuedAssetFilter,
) -> Result<Vec<QueuedAssetRow>, Failure> {
    let filter = QueuedAssetFilter {
        dags: readable::dags(identity, Action::Read),
        ..filter
    };
    let store = api.store().clone();
    Ok(elsewhere(async move || store.queued_assets(&filter, QUEUED_MAX).await).await??)
}

/// Takes what waits for DAGs that somebody may edit out of the queues.
pub(crate) async fn delete_queued(actor: &Actor<'_>, filter: QueuedAssetFilter) -> Result<(), Failure> {
    let filter = QueuedAssetFilter {
        dags: readable::dags(actor.identity, Action::Edit),
        ..filter
    };
    let store = actor.store();
    let taken = elsewhere(async move || store.delete_queued_assets(&filter).await).await??;
    if taken == 0 {
        return Err(nothing_queued());
    }
    Ok(())
}

/// Nothing waits.
pub(crate) fn nothing_queued() -> Failure {
    Failure::NotFound("no queued event was found".to_owned())
}

/// The DAG of a path, for what waits for it.
pub(crate) fn dag(dag_id: &str) -> Result<Option<DagId>, Failure> {
    dags::parse(dag_id).map(Some)
}

/// Makes a run of the DAG that updates an asset, if there is one of which somebody may make runs.
pub(crate) async fn materialize(
    actor: &Actor<'_>,
    asset_id: i64,
    asked: runs::Asked,
) -> Result<RunRow, Failure> {
    let asset = get(actor.api, asset_id).await?;
    let mut producers: Vec<&DagId> = asset.row.producers.iter().map(|(dag_id, _)| dag_id).collect();
    producers.dedup();
    let dag_id = match producers.as_slice() {
        [] => {
            return Err(Failure::NotFound(format!(
                "No DAG materializes asset with ID: {asset_id}"
            )));
        }
        [one] => *one,
        _ => {
            return Err(Failure::Conflict(format!(
                "More than one DAG materializes asset with ID: {asset_id}"
            )));
        }
    };
    let identity = actor.identity;
    let may = identity.allows(Action::Edit, &Resource::dag(dag_id))
        && identity.allows(Action::Create, &Resource::DAG_RUN);
    if !may {
        return Err(Failure::Forbidden);
    }
    runs::trigger(actor, dag_id.as_str(), asked).await
}
