//! `GET .../taskInstances/{task_id}`, of a copy with its map index.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ById, ByIndex, TaskInstanceResponse};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::{runs, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

const TASK: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}";
const COPY: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let needs = || Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    let at = |path, id| At(Method::GET, path, id);
    let failures = &[401, 403, 404, 422];
    vec![
        Endpoint::new(at(TASK, "get_task_instance"), needs(), failures, get),
        Endpoint::new(at(COPY, "get_mapped_task_instance"), needs(), failures, get_copy),
    ]
}

async fn get(call: Call<ById, Nothing>) -> Result<Json<TaskInstanceResponse>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let found = task_instances::get(&call.api, &key, &call.path.task_id, -1).await?;
    TaskInstanceResponse::of(&call.api, found).await.map(Json)
}

async fn get_copy(call: Call<ByIndex, Nothing>) -> Result<Json<TaskInstanceResponse>, Failure> {
    let path = &call.path;
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let found = task_instances::get(&call.api, &key, &path.task_id, path.map_index).await?;
    TaskInstanceResponse::of(&call.api, found).await.map(Json)
}
