//! `GET /dags/{dag_id}/dagRuns/{dag_run_id}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ById, DagRunResponse};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}/dagRuns/{dag_run_id}", "get_dag_run");
    Endpoint::new(
        at,
        Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]),
        &[401, 403, 404, 422],
        get,
    )
}

async fn get(call: Call<ById, Nothing>) -> Result<Json<DagRunResponse>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let run = runs::get(&call.api, &key).await?;
    Ok(Json(DagRunResponse::of(&call.api, run).await?))
}
