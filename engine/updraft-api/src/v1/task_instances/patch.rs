//! `PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}`, and with a map index: sets the state of a task, or of a copy.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_model::Reach;
use updraft_store::{Effect, StateChoice};

use super::reference::{TaskInstanceReference, new_state};
use super::{ById, ByIndex};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::task_changes::{self, Choice, Runs};
use crate::domain::{runs, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

/// A task that is not mapped.
pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::PATCH,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}",
        "patch_task_instance",
    );
    Endpoint::new(at, needs(), &[401, 403, 404], patch)
}

/// A copy of a mapped task.
pub(super) fn endpoint_of_copy() -> Endpoint {
    let at = At(
        Method::PATCH,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}",
        "patch_mapped_task_instance",
    );
    Endpoint::new(at, needs(), &[401, 403, 404], patch_copy)
}

fn needs() -> Needs {
    Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE])
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UpdateTaskInstance")]
struct Body {
    /// Whether it only says what it would do; it does, unless told otherwise.
    dry_run: Option<bool>,
    /// `success`, `failed` or `skipped`.
    new_state: Option<String>,
}

async fn patch(call: Call<ById, Nothing, Json<Body>>) -> Result<Json<TaskInstanceReference>, Failure> {
    let path = ByIndex {
        dag_id: call.path.dag_id.clone(),
        dag_run_id: call.path.dag_run_id.clone(),
        task_id: call.path.task_id.clone(),
        map_index: -1,
    };
    set_state(&call, &path).await
}

async fn patch_copy(
    call: Call<ByIndex, Nothing, Json<Body>>,
) -> Result<Json<TaskInstanceReference>, Failure> {
    set_state(&call, &call.path).await
}

async fn set_state<P>(
    call: &Call<P, Nothing, Json<Body>>,
    path: &ByIndex,
) -> Result<Json<TaskInstanceReference>, Failure> {
    let Json(body) = &call.body;
    let state = new_state(body.new_state.as_deref())?;
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let found = task_instances::get(&call.api, &key, &path.task_id, path.map_index).await?;
    let choice = Choice {
        dag_id: key.dag_id,
        runs: Runs::Around {
            run_id: key.run_id,
            past: false,
            future: false,
        },
        tasks: Some([found.row.key.task_id.clone()].into()),
        map_index: (path.map_index >= 0).then_some(path.map_index),
        reach: Reach::default(),
        states: StateChoice::Any,
    };
    let effect = if body.dry_run.unwrap_or(true) {
        Effect::DryRun
    } else {
        Effect::Lasting
    };
    task_changes::mark(&call.actor(), choice, state, effect).await?;
    Ok(Json(TaskInstanceReference::of(&found)))
}
