//! `POST /dags/{dag_id}/dagRuns`: triggers a DAG.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use updraft_auth::{Action, Resource};

use super::{DagRunResponse, OfDag};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs::{self, Asked};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::{Given, interval};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::POST, "/dags/{dag_id}/dagRuns", "trigger_dag_run");
    let needs = Needs::OfDag(Action::Create, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 409, 422], post)
}

/// A run that somebody asks for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TriggerDAGRunPostBody")]
struct TriggerBody {
    dag_run_id: Option<String>,
    data_interval_start: Option<Given>,
    data_interval_end: Option<Given>,
    /// Is named, though it may be null: then the run has none, or at compat level 2 the moment.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schemars(required)]
    logical_date: Option<Given>,
    run_after: Option<Given>,
    conf: Option<Map<String, Value>>,
    note: Option<String>,
    partition_key: Option<String>,
}

async fn post(call: Call<OfDag, Nothing, Json<TriggerBody>>) -> Result<Json<DagRunResponse>, Failure> {
    let (actor, Json(body)) = (call.actor(), &call.body);
    if body.partition_key.is_some() {
        return Err(Failure::BadRequest("there are no partitions here".to_owned()));
    }
    let asked = Asked {
        run_id: body.dag_run_id.clone(),
        logical_date: body.logical_date.map(|given| given.0),
        data_interval: interval(body.data_interval_start, body.data_interval_end)?,
        run_after: body.run_after.map(|given| given.0),
        conf: body.conf.clone().unwrap_or_default(),
        note: body.note.clone(),
    };
    let run = runs::trigger(&actor, &call.path.dag_id, asked).await?;
    Ok(Json(DagRunResponse::of(&call.api, run).await?))
}
