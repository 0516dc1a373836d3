//! `GET /dags/{dag_id}/dagRuns/{dag_run_id}/upstreamDatasetEvents`: the events of datasets that a run has consumed.

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
use crate::v1::datasets::DatasetEvent;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/upstreamDatasetEvents",
        "get_upstream_dataset_events",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::ASSET]);
    Endpoint::new(at, needs, &[401, 403, 404], get)
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UpstreamDatasetEvents")]
struct Events {
    dataset_events: Vec<DatasetEvent>,
    total_entries: u64,
}

async fn get(call: Call<ById, Nothing>) -> Result<Json<Events>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let found = runs::upstream_events((&call.api, &call.identity), &key).await?;
    Ok(Json(Events {
        total_entries: found.len() as u64,
        dataset_events: found.into_iter().map(DatasetEvent::from).collect(),
    }))
}
