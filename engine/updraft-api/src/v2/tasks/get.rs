//! `GET /dags/{dag_id}/tasks/{task_id}`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};

use super::TaskResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::tasks;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}/tasks/{task_id}", "get_task");
    let needs = Needs::OfDag(Action::Read, vec![Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 422], get)
}

#[derive(Deserialize, JsonSchema)]
struct ById {
    dag_id: String,
    task_id: String,
}

async fn get(call: Call<ById, Nothing>) -> Result<Json<TaskResponse>, Failure> {
    let (path, api) = (&call.path, &call.api);
    let (dag, place) = tasks::get(api, &path.dag_id, &path.task_id).await?;
    let gone = || Failure::NotFound(format!("DAG `{}` has no task `{}`", path.dag_id, path.task_id));
    TaskResponse::of(&dag.spec, place).map(Json).ok_or_else(gone)
}
