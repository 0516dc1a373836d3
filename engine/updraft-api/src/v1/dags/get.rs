//! `GET /dags/{dag_id}`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::Action;

use super::{ById, Dag};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::dags;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::list;
use crate::v1::fields::Picked;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}", "get_dag");
    Endpoint::new(at, Needs::Dag(Action::Read), &[401, 403, 404], get)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    #[serde(default, deserialize_with = "list")]
    fields: Vec<String>,
}

async fn get(call: Call<ById, Query>) -> Result<Json<Picked<Dag>>, Failure> {
    let found = dags::get(&call.api, &call.path.dag_id).await?;
    Picked::of(Dag::of(&call.api, found), &call.query.fields).map(Json)
}
