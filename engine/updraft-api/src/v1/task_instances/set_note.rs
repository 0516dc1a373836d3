//! `PATCH .../taskInstances/{task_id}/setNote`, of a copy with its map index.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};

use super::{ById, ByIndex, TaskInstance};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::{runs, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

const TASK: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/setNote";
const COPY: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/setNote";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let needs = || Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    let at = |path, id| At(Method::PATCH, path, id);
    let failures = &[400, 401, 403, 404];
    vec![
        Endpoint::new(at(TASK, "set_task_instance_note"), needs(), failures, set),
        Endpoint::new(
            at(COPY, "set_mapped_task_instance_note"),
            needs(),
            failures,
            set_of_copy,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SetTaskInstanceNote")]
struct Body {
    /// At most 1,000 characters.
    note: String,
}

async fn set(call: Call<ById, Nothing, Json<Body>>) -> Result<Json<TaskInstance>, Failure> {
    let path = ByIndex {
        dag_id: call.path.dag_id.clone(),
        dag_run_id: call.path.dag_run_id.clone(),
        task_id: call.path.task_id.clone(),
        map_index: -1,
    };
    set_note(&call, &path).await
}

async fn set_of_copy(call: Call<ByIndex, Nothing, Json<Body>>) -> Result<Json<TaskInstance>, Failure> {
    set_note(&call, &call.path).await
}

async fn set_note<P>(
    call: &Call<P, Nothing, Json<Body>>,
    path: &ByIndex,
) -> Result<Json<TaskInstance>, Failure> {
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let found = task_instances::get(&call.api, &key, &path.task_id, path.map_index).await?;
    task_instances::set_note(&call.actor(), &found, Some(&call.body.0.note)).await?;
    let noted = task_instances::get(&call.api, &key, &path.task_id, path.map_index).await?;
    Ok(Json(noted.into()))
}
