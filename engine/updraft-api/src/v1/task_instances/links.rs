//! `.../taskInstances/{task_id}/links`. Links of operators are made by their programs, which keep none here.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_auth::{Action, Resource};

use super::ById;
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::{runs, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/links",
        "get_extra_links",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404], get)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    map_index: Option<i32>,
}

#[derive(Serialize, JsonSchema)]
struct ExtraLinkCollection {
    extra_links: Vec<Value>,
}

async fn get(call: Call<ById, Query>) -> Result<Json<ExtraLinkCollection>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let map_index = call.query.map_index.unwrap_or(-1);
    task_instances::get(&call.api, &key, &call.path.task_id, map_index).await?;
    Ok(Json(ExtraLinkCollection {
        extra_links: Vec::new(),
    }))
}
