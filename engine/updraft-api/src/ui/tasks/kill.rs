//! `POST /runs/{dag_id}/{run_id}/tasks/{task_id}/{map_index}/kill`: ends the attempt at a task, as `updraft tasks kill` does.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use updraft_auth::{Action, Resource};
use updraft_model::{MapIndex, TaskId, TaskInstanceState};
use updraft_store::KillError;

use crate::access::Needs;
use crate::call::{Accepted, Call, Nothing};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::ui::shapes::ByTask;

pub(super) fn endpoint() -> Endpoint {
    let path = "/runs/{dag_id}/{run_id}/tasks/{task_id}/{map_index}/kill";
    let needs = Needs::OfDag(Action::Edit, vec![Resource::TASK_INSTANCE]);
    Endpoint::new(
        At(Method::POST, path, "kill_task_instance"),
        needs,
        &[401, 403, 404, 409, 422],
        kill,
    )
}

/// What was begun.
#[derive(Serialize, JsonSchema)]
struct Killed {
    /// The state that the task had.
    state: Option<&'static str>,
}

async fn kill(call: Call<ByTask, Nothing>) -> Result<Accepted<Killed>, Failure> {
    let path = &call.path;
    let run = runs::key(&path.dag_id, &path.run_id)?;
    let unknown = || Failure::NotFound(format!("run `{run}` has no task `{}`", path.task_id));
    let task_id = TaskId::parse(&path.task_id).map_err(|_| unknown())?;
    let key = run.task(task_id, MapIndex(path.map_index));
    let outcome = format!("killed by {}", call.identity.name);
    let killed = call
        .actor()
        .store()
        .kill_task(&key, &outcome, call.api.now())
        .await;
    let marked = killed.map_err(|error| match error {
        KillError::UnknownTask { .. } => unknown(),
        error @ KillError::NotRunning { .. } => Failure::Conflict(error.to_string()),
        KillError::Store(error) => error.into(),
    })?;
    Ok(Accepted(Killed {
        state: marked.from.map(TaskInstanceState::as_str),
    }))
}
