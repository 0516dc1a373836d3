//! `PATCH /dags/{dag_id}`: pauses or unpauses a DAG.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::Action;

use super::{ById, DagResponse};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::dags;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::Mask;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/dags/{dag_id}", "patch_dag");
    Endpoint::new(at, Needs::Dag(Action::Edit), &[400, 401, 403, 404, 422], patch)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DAGPatchBody")]
pub(super) struct DagPatchBody {
    pub(super) is_paused: bool,
}

/// Nothing else than being paused can be changed of a DAG.
pub(super) fn demand_mask(update_mask: &[String]) -> Result<(), Failure> {
    if update_mask.is_empty() || update_mask == ["is_paused"] {
        return Ok(());
    }
    Err(Failure::BadRequest(
        "Only `is_paused` field can be updated through the REST API".to_owned(),
    ))
}

async fn patch(call: Call<ById, Mask, Json<DagPatchBody>>) -> Result<Json<DagResponse>, Failure> {
    demand_mask(&call.query.update_mask)?;
    let is_paused = call.body.0.is_paused;
    let changed = dags::set_paused(&call.actor(), &call.path.dag_id, is_paused).await?;
    Ok(Json(DagResponse::of(&call.api, changed)))
}
