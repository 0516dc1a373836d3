//! `/dags/{dag_id}/assets/queuedEvents`: which assets a DAG has not run for yet.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_store::QueuedAssetFilter;

use super::{Before, QueuedEventCollectionResponse, QueuedEventResponse};
use crate::access::Needs;
use crate::call::{Call, Json, NoContent};
use crate::domain::assets;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

const ALL: &str = "/dags/{dag_id}/assets/queuedEvents";
const ONE: &str = "/dags/{dag_id}/assets/{asset_id}/queuedEvents";

pub(super) fn endpoints() -> [Endpoint; 4] {
    let read = || Needs::OfDag(Action::Read, vec![Resource::ASSET]);
    let remove = || Needs::OfDag(Action::Delete, vec![Resource::ASSET]);
    let all_at = At(Method::GET, ALL, "get_dag_asset_queued_events");
    let delete_all_at = At(Method::DELETE, ALL, "delete_dag_asset_queued_events");
    let one_at = At(Method::GET, ONE, "get_dag_asset_queued_event");
    let delete_one_at = At(Method::DELETE, ONE, "delete_dag_asset_queued_event");
    [
        Endpoint::new(all_at, read(), &[401, 403, 422], all),
        Endpoint::new(delete_all_at, remove(), &[400, 401, 403, 404, 422], delete_all),
        Endpoint::new(one_at, read(), &[401, 403, 404, 422], one),
        Endpoint::new(delete_one_at, remove(), &[400, 401, 403, 404, 422], delete_one),
    ]
}

#[derive(Deserialize, JsonSchema)]
struct OfDag {
    dag_id: String,
}

#[derive(Deserialize, JsonSchema)]
struct OfDagAndAsset {
    dag_id: String,
    asset_id: i64,
}

fn of_dag(call: &Call<OfDag, Before>) -> Result<QueuedAssetFilter, Failure> {
    Ok(QueuedAssetFilter {
        dag_id: assets::dag(&call.path.dag_id)?,
        before: call.query.before.map(|given| given.0),
        ..QueuedAssetFilter::default()
    })
}

fn of_both(call: &Call<OfDagAndAsset, Before>) -> Result<QueuedAssetFilter, Failure> {
    Ok(QueuedAssetFilter {
        dag_id: assets::dag(&call.path.dag_id)?,
        asset_id: Some(call.path.asset_id),
        before: call.query.before.map(|given| given.0),
        ..QueuedAssetFilter::default()
    })
}

async fn all(call: Call<OfDag, Before>) -> Result<Json<QueuedEventCollectionResponse>, Failure> {
    let found = match of_dag(&call) {
        Ok(filter) => assets::queued((&call.api, &call.identity), filter).await?,
        // Nothing waits for a DAG that cannot exist.
        Err(_) => Vec::new(),
    };
    Ok(Json(found.into()))
}

async fn delete_all(call: Call<OfDag, Before>) -> Result<NoContent, Failure> {
    assets::delete_queued(&call.actor(), of_dag(&call)?).await?;
    Ok(NoContent)
}

async fn one(call: Call<OfDagAndAsset, Before>) -> Result<Json<QueuedEventResponse>, Failure> {
    let found = assets::queued((&call.api, &call.identity), of_both(&call)?)
        .await?
        .pop();
    Ok(Json(found.ok_or_else(assets::nothing_queued)?.into()))
}

async fn delete_one(call: Call<OfDagAndAsset, Before>) -> Result<NoContent, Failure> {
    assets::delete_queued(&call.actor(), of_both(&call)?).await?;
    Ok(NoContent)
}
