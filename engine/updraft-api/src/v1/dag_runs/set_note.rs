//! `PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/setNote`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};

use super::{ById, DagRun};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::PATCH,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/setNote",
        "set_dag_run_note",
    );
    let needs = Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[400, 401, 403, 404], set)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetDagRunNote {
    /// At most 1,000 characters.
    note: Option<String>,
}

async fn set(call: Call<ById, Nothing, Json<SetDagRunNote>>) -> Result<Json<DagRun>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    runs::set_note(&call.actor(), &key, call.body.0.note.as_deref()).await?;
    Ok(Json(runs::get(&call.api, &key).await?.into()))
}
