//! `POST /dags/{dag_id}/dagRuns/{dag_run_id}/clear`: has all tasks of a run run again, or says which these are.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::{Effect, RunVersion, StateChoice};

use super::{ById, DagRun};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs::{self, Clear};
use crate::domain::task_instances;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v1::task_instances::{TaskInstance, TaskInstanceCollection};

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::POST,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/clear",
        "clear_dag_run",
    );
    let needs = Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[400, 401, 403, 404], clear)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClearDagRun {
    /// Whether it only says what it would do; it does, unless told otherwise.
    dry_run: Option<bool>,
}

/// The run, or what would be cleared of it.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Done {
    Cleared(Box<DagRun>),
    Planned(TaskInstanceCollection),
}

async fn clear(call: Call<ById, Nothing, Json<ClearDagRun>>) -> Result<Json<Done>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let is_dry = call.body.0.dry_run.unwrap_or(true);
    let how = Clear {
        effect: if is_dry { Effect::DryRun } else { Effect::Lasting },
        states: StateChoice::Any,
        version: RunVersion::Same,
    };
    let cleared = runs::clear(&call.actor(), &key, (how, None)).await?;
    if !is_dry {
        let run = runs::get(&call.api, &key).await?;
        return Ok(Json(Done::Cleared(Box::new(run.into()))));
    }
    let chosen = task_instances::chosen(&call.api, &cleared.tasks).await?;
    let total_entries = chosen.len() as u64;
    Ok(Json(Done::Planned(TaskInstanceCollection {
        task_instances: chosen.into_iter().map(TaskInstance::from).collect(),
        total_entries,
    })))
}
