//! `/datasets/queuedEvent/{uri}`: which DAGs have not run for a dataset yet.

use axum::http::Method;
use updraft_auth::{Action, Resource};
use updraft_store::QueuedAssetFilter;

use super::{Before, ByUri, QueuedEventCollection};
use crate::access::Needs;
use crate::call::{Call, Json, NoContent};
use crate::domain::assets;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

const PATH: &str = "/datasets/queuedEvent/{uri}";

pub(super) fn endpoints() -> [Endpoint; 2] {
    let get_at = At(Method::GET, PATH, "get_dataset_queued_events");
    let read = Needs::OfDag(Action::Read, vec![Resource::ASSET]);
    let delete_at = At(Method::DELETE, PATH, "delete_dataset_queued_events");
    let remove = Needs::OfDag(Action::Delete, vec![Resource::ASSET]);
    [
        Endpoint::new(get_at, read, &[401, 403, 404], get),
        Endpoint::new(delete_at, remove, &[400, 401, 403, 404], delete),
    ]
}

fn filter(call: &Call<ByUri, Before>) -> QueuedAssetFilter {
    QueuedAssetFilter {
        uri: Some(call.path.uri.clone()),
        before: call.query.before.map(|given| given.0),
        ..QueuedAssetFilter::default()
    }
}

async fn get(call: Call<ByUri, Before>) -> Result<Json<QueuedEventCollection>, Failure> {
    let found = assets::queued((&call.api, &call.identity), filter(&call)).await?;
    if found.is_empty() {
        return Err(assets::nothing_queued());
    }
    Ok(Json(found.into()))
}

async fn delete(call: Call<ByUri, Before>) -> Result<NoContent, Failure> {
    assets::delete_queued(&call.actor(), filter(&call)).await?;
    Ok(NoContent)
}
