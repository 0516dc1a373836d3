//! `.../taskInstances/{task_id}/dependencies`, of a copy with its map index: what keeps a task from running.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use updraft_auth::{Action, Resource};

use super::{ById, ByIndex, OfCopy};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::{runs, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::engine::Reason;
use crate::failure::Failure;

const TASK: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/dependencies";
const COPY: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/dependencies";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let needs = || Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    let at = |path, id| At(Method::GET, path, id);
    let failures = &[401, 403, 404, 422];
    vec![
        Endpoint::new(at(TASK, "get_task_instance_dependencies"), needs(), failures, get),
        Endpoint::new(
            at(COPY, "get_task_instance_dependencies_by_map_index"),
            needs(),
            failures,
            get_of_copy,
        ),
    ]
}

/// Something that keeps a task from running.
#[derive(Serialize, JsonSchema)]
struct TaskDependencyResponse {
    name: &'static str,
    reason: String,
}

#[derive(Serialize, JsonSchema)]
struct TaskDependencyCollectionResponse {
    dependencies: Vec<TaskDependencyResponse>,
}

impl From<Reason> for TaskDependencyResponse {
    fn from(reason: Reason) -> Self {
        Self {
            name: reason.code,
            reason: reason.sentence,
        }
    }
}

async fn get(call: Call<ById, OfCopy>) -> Result<Json<TaskDependencyCollectionResponse>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let map_index = call.query.map_index.unwrap_or(-1);
    let reasons = task_instances::reasons(&call.api, &key, (&call.path.task_id, map_index)).await?;
    Ok(answer(reasons))
}

async fn get_of_copy(
    call: Call<ByIndex, Nothing>,
) -> Result<Json<TaskDependencyCollectionResponse>, Failure> {
    let path = &call.path;
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let reasons = task_instances::reasons(&call.api, &key, (&path.task_id, path.map_index)).await?;
    Ok(answer(reasons))
}

fn answer(reasons: Vec<Reason>) -> Json<TaskDependencyCollectionResponse> {
    Json(TaskDependencyCollectionResponse {
        dependencies: reasons.into_iter().map(TaskDependencyResponse::from).collect(),
    })
}
