//! `PATCH /dags/{dag_id}/dagRuns/{dag_run_id}`: sets the state of a run.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_model::DagRunState;

use super::{ById, DagRun};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::PATCH,
        "/dags/{dag_id}/dagRuns/{dag_run_id}",
        "update_dag_run_state",
    );
    let needs = Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[400, 401, 403, 404], patch)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateDagRunState {
    /// `success`, `failed` or `queued`.
    state: Option<String>,
}

async fn patch(call: Call<ById, Nothing, Json<UpdateDagRunState>>) -> Result<Json<DagRun>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let state = call.body.0.state.as_deref();
    let state: DagRunState = match state.map(str::parse) {
        Some(Ok(state)) => state,
        _ => return Err(Failure::body("`state` is `success`, `failed` or `queued`")),
    };
    runs::set_state(&call.actor(), &key, state).await?;
    Ok(Json(runs::get(&call.api, &key).await?.into()))
}
