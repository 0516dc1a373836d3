//! `POST /dags/{dag_id}/updateTaskInstancesState`: sets the state of a task and of those around it, or says which these are.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_model::{Reach, RunId};
use updraft_store::{Effect, StateChoice};

use super::reference::{TaskInstanceReferenceCollection, new_state};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::task_changes::{self, Choice, Runs};
use crate::domain::{runs, tasks};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::Given;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::POST,
        "/dags/{dag_id}/updateTaskInstancesState",
        "post_set_task_instances_state",
    );
    let needs = Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404], update)
}

#[derive(Deserialize, JsonSchema)]
struct OfDag {
    dag_id: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UpdateTaskInstancesState")]
struct Body {
    /// Whether it only says what it would do; it does, unless told otherwise.
    dry_run: Option<bool>,
    task_id: Option<String>,
    /// The date of the run; else `dag_run_id` names it.
    execution_date: Option<Given>,
    dag_run_id: Option<String>,
    include_upstream: Option<bool>,
    include_downstream: Option<bool>,
    include_future: Option<bool>,
    include_past: Option<bool>,
    /// `success`, `failed` or `skipped`.
    new_state: Option<String>,
}

async fn update(
    call: Call<OfDag, Nothing, Json<Body>>,
) -> Result<Json<TaskInstanceReferenceCollection>, Failure> {
    let (path, Json(body)) = (&call.path, &call.body);
    let state = new_state(body.new_state.as_deref())?;
    let task_id = body
        .task_id
        .as_deref()
        .ok_or_else(|| Failure::body("`task_id` is required"))?;
    let (dag, place) = tasks::get(&call.api, &path.dag_id, task_id).await?;
    let task = dag.spec.tasks.get(place).map(|task| task.task_id.clone());
    let choice = Choice {
        runs: Runs::Around {
            run_id: run_id(&call).await?,
            past: body.include_past == Some(true),
            future: body.include_future == Some(true),
        },
        dag_id: dag.row.dag_id,
        tasks: Some(task.into_iter().collect()),
        map_index: None,
        reach: Reach {
            upstream: body.include_upstream == Some(true),
            downstream: body.include_downstream == Some(true),
        },
        states: StateChoice::Any,
    };
    let effect = if body.dry_run.unwrap_or(true) {
        Effect::DryRun
    } else {
        Effect::Lasting
    };
    let marked = task_changes::mark(&call.actor(), choice, state, effect).await?;
    Ok(Json(TaskInstanceReferenceCollection::of(&marked)))
}

/// The run that the body names, by its id or its date.
async fn run_id(call: &Call<OfDag, Nothing, Json<Body>>) -> Result<RunId, Failure> {
    let (dag_id, Json(body)) = (&call.path.dag_id, &call.body);
    let found = match (&body.dag_run_id, body.execution_date) {
        (Some(run_id), None) => runs::get(&call.api, &runs::key(dag_id, run_id)?).await?,
        (None, Some(Given(date))) => runs::at(&call.api, dag_id, date).await?,
        _ => return Err(Failure::body("either `dag_run_id` or `execution_date` is given")),
    };
    Ok(found.key.run_id)
}
