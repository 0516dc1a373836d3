//! `DELETE .../taskInstances/{task_id}`: of a run that is over.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ById, OfCopy};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::{runs, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::DELETE,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}",
        "delete_task_instance",
    );
    let needs = Needs::OfDag(Action::Delete, vec![Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], delete)
}

async fn delete(call: Call<ById, OfCopy>) -> Result<Json<()>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let map_index = call.query.map_index.unwrap_or(-1);
    let found = task_instances::get(&call.api, &key, &call.path.task_id, map_index).await?;
    task_instances::delete(&call.actor(), &found).await?;
    Ok(Json(()))
}
