//! `GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ById, TaskInstance};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::{runs, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}",
        "get_task_instance",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404], get)
}

async fn get(call: Call<ById, Nothing>) -> Result<Json<TaskInstance>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    Ok(Json(
        task_instances::get(&call.api, &key, &call.path.task_id, -1)
            .await?
            .into(),
    ))
}
