//! `PATCH /dags/{dag_id}`: pauses or unpauses a DAG.

use axum::http::Method;
use updraft_auth::Action;

use super::{ById, Dag, DagBody};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::dags;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v1::mask::Mask;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/dags/{dag_id}", "patch_dag");
    Endpoint::new(at, Needs::Dag(Action::Edit), &[401, 403, 404], patch)
}

async fn patch(call: Call<ById, Mask, Json<DagBody>>) -> Result<Json<Dag>, Failure> {
    let (Json(body), mask, dag_id) = (&call.body, &call.query, &call.path.dag_id);
    mask.demand(&["is_paused"])?;
    let changed = match body.is_paused {
        Some(is_paused) => dags::set_paused(&call.actor(), dag_id, is_paused).await?,
        None => dags::get(&call.api, dag_id).await?,
    };
    Ok(Json(Dag::of(&call.api, changed)))
}
