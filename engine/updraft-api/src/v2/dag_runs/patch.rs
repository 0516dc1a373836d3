//! `PATCH /dags/{dag_id}/dagRuns/{dag_run_id}`: sets the state of a run, the remark on it, or both.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_model::DagRunState;

use super::{ById, DagRunResponse};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::Mask;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::PATCH,
        "/dags/{dag_id}/dagRuns/{dag_run_id}",
        "patch_dag_run",
    );
    let needs = Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 422], patch)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DAGRunPatchBody")]
struct DagRunPatchBody {
    /// `success`, `failed` or `queued`.
    state: Option<String>,
    /// At most 1,000 characters.
    note: Option<String>,
}

async fn patch(call: Call<ById, Mask, Json<DagRunPatchBody>>) -> Result<Json<DagRunResponse>, Failure> {
    let (actor, Json(body), mask) = (call.actor(), &call.body, &call.query);
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    runs::get(&call.api, &key).await?;
    if let Some(state) = body.state.as_ref().filter(|_| mask.covers("state")) {
        let wrong = |_| Failure::body("`state` is `success`, `failed` or `queued`");
        let state: DagRunState = state.parse().map_err(wrong)?;
        runs::set_state(&actor, &key, state).await?;
    }
    if body.note.is_some() && mask.covers("note") {
        runs::set_note(&actor, &key, body.note.as_deref()).await?;
    }
    let run = runs::get(&call.api, &key).await?;
    Ok(Json(DagRunResponse::of(&call.api, run).await?))
}
