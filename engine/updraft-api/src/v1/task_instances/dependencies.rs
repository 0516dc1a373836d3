//! `.../taskInstances/{task_id}/dependencies`, of a copy with its map index: what keeps a task from running.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use updraft_auth::{Action, Resource};

use super::{ById, ByIndex};
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
    let failures = &[400, 401, 403, 404];
    vec![
        Endpoint::new(at(TASK, "get_task_instance_dependencies"), needs(), failures, get),
        Endpoint::new(
            at(COPY, "get_mapped_task_instance_dependencies"),
            needs(),
            failures,
            get_of_copy,
        ),
    ]
}

/// Something that keeps a task from running.
#[derive(Serialize, JsonSchema)]
struct TaskFailedDependency {
    name: &'static str,
    reason: String,
}

#[derive(Serialize, JsonSchema)]
struct TaskInstanceDependencyCollection {
    dependencies: Vec<TaskFailedDependency>,
}

impl From<Reason> for TaskFailedDependency {
    fn from(reason: Reason) -> Self {
        Self {
            name: reason.code,
            reason: reason.sentence,
        }
    }
}

async fn get(call: Call<ById, Nothing>) -> Result<Json<TaskInstanceDependencyCollection>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let reasons = task_instances::reasons(&call.api, &key, (&call.path.task_id, -1)).await?;
    Ok(answer(reasons))
}

async fn get_of_copy(
    call: Call<ByIndex, Nothing>,
) -> Result<Json<TaskInstanceDependencyCollection>, Failure> {
    let path = &call.path;
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let reasons = task_instances::reasons(&call.api, &key, (&path.task_id, path.map_index)).await?;
    Ok(answer(reasons))
}

fn answer(reasons: Vec<Reason>) -> Json<TaskInstanceDependencyCollection> {
    Json(TaskInstanceDependencyCollection {
        dependencies: reasons.into_iter().map(TaskFailedDependency::from).collect(),
    })
}
