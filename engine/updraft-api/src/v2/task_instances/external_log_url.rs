//! `GET .../taskInstances/{task_id}/externalLogUrl/{try_number}`. Logs stand in files here, at no other address.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::OfCopy;
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::{runs, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/externalLogUrl/{try_number}",
        "get_external_log_url",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::TASK_LOG]);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 422], get)
}

#[derive(Deserialize, JsonSchema)]
struct ByTry {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
    try_number: u32,
}

#[derive(Serialize, JsonSchema)]
struct ExternalLogUrlResponse {
    url: String,
}

async fn get(call: Call<ByTry, OfCopy>) -> Result<Json<ExternalLogUrlResponse>, Failure> {
    let path = &call.path;
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let task = (path.task_id.as_str(), call.query.map_index.unwrap_or(-1));
    task_instances::one_try(&call.api, &key, task, path.try_number).await?;
    Err(Failure::BadRequest(
        "Task log handler does not support external logs.".to_owned(),
    ))
}
