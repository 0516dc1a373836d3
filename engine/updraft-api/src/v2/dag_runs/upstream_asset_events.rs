//! `GET /dags/{dag_id}/dagRuns/{dag_run_id}/upstreamAssetEvents`: the asset events that a run has consumed.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use updraft_auth::{Action, Resource};

use super::ById;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::assets::AssetEventResponse;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/upstreamAssetEvents",
        "get_upstream_asset_events",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::ASSET]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], get)
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UpstreamAssetEvents")]
struct Events {
    asset_events: Vec<AssetEventResponse>,
    total_entries: u64,
}

async fn get(call: Call<ById, Nothing>) -> Result<Json<Events>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let found = runs::upstream_events((&call.api, &call.identity), &key).await?;
    Ok(Json(Events {
        total_entries: found.len() as u64,
        asset_events: found.into_iter().map(AssetEventResponse::from).collect(),
    }))
}
