//! `GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ByIndex, TaskInstance};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::{runs, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}",
        "get_mapped_task_instance",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404], get)
}

async fn get(call: Call<ByIndex, Nothing>) -> Result<Json<TaskInstance>, Failure> {
    let path = &call.path;
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    Ok(Json(
        task_instances::get(&call.api, &key, &path.task_id, path.map_index)
            .await?
            .into(),
    ))
}
