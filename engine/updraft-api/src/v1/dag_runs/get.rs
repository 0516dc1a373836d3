//! `GET /dags/{dag_id}/dagRuns/{dag_run_id}`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};

use super::{ById, DagRun};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::list;
use crate::v1::fields::Picked;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}/dagRuns/{dag_run_id}", "get_dag_run");
    Endpoint::new(
        at,
        Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]),
        &[401, 403, 404],
        get,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    #[serde(default, deserialize_with = "list")]
    fields: Vec<String>,
}

async fn get(call: Call<ById, Query>) -> Result<Json<Picked<DagRun>>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let run = runs::get(&call.api, &key).await?;
    Picked::of(DagRun::from(run), &call.query.fields).map(Json)
}
