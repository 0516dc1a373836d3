//! `/assets/{asset_id}/queuedEvents`: which DAGs have not run for an asset yet.

use axum::http::Method;
use updraft_auth::{Action, Resource};
use updraft_store::QueuedAssetFilter;

use super::{Before, ByNumber, QueuedEventCollectionResponse};
use crate::access::Needs;
use crate::call::{Call, Json, NoContent};
use crate::domain::assets;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

const PATH: &str = "/assets/{asset_id}/queuedEvents";

pub(super) fn endpoints() -> [Endpoint; 2] {
    let get_at = At(Method::GET, PATH, "get_asset_queued_events");
    let read = Needs::OfDag(Action::Read, vec![Resource::ASSET]);
    let delete_at = At(Method::DELETE, PATH, "delete_asset_queued_events");
    let remove = Needs::OfDag(Action::Delete, vec![Resource::ASSET]);
    [
        Endpoint::new(get_at, read, &[401, 403, 422], get),
        Endpoint::new(delete_at, remove, &[401, 403, 404, 422], delete),
    ]
}

fn filter(call: &Call<ByNumber, Before>) -> QueuedAssetFilter {
    QueuedAssetFilter {
        asset_id: Some(call.path.asset_id),
        before: call.query.before.map(|given| given.0),
        ..QueuedAssetFilter::default()
    }
}

async fn get(call: Call<ByNumber, Before>) -> Result<Json<QueuedEventCollectionResponse>, Failure> {
    let found = assets::queued((&call.api, &call.identity), filter(&call)).await?;
    Ok(Json(found.into()))
}

async fn delete(call: Call<ByNumber, Before>) -> Result<NoContent, Failure> {
    assets::delete_queued(&call.actor(), filter(&call)).await?;
    Ok(NoContent)
}
