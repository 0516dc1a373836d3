//! `GET /dags/{dag_id}/dagVersions/{version_number}`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::Action;

use super::DagVersionResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::dag_versions;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagVersions/{version_number}",
        "get_dag_version",
    );
    Endpoint::new(at, Needs::Dag(Action::Read), &[401, 403, 404, 422], get)
}

#[derive(Deserialize, JsonSchema)]
struct ByNumber {
    dag_id: String,
    version_number: i64,
}

async fn get(call: Call<ByNumber, Nothing>) -> Result<Json<DagVersionResponse>, Failure> {
    let found = dag_versions::get(&call.api, &call.path.dag_id, call.path.version_number).await?;
    Ok(Json(found.into()))
}
