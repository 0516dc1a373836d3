//! `GET /dags/{dag_id}`.

use axum::http::Method;
use updraft_auth::Action;

use super::{ById, DagResponse};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::dags;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}", "get_dag");
    Endpoint::new(at, Needs::Dag(Action::Read), &[400, 401, 403, 404, 422], get)
}

async fn get(call: Call<ById, Nothing>) -> Result<Json<DagResponse>, Failure> {
    let found = dags::get(&call.api, &call.path.dag_id).await?;
    Ok(Json(DagResponse::of(&call.api, found)))
}
