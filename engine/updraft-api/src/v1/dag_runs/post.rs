//! `POST /dags/{dag_id}/dagRuns`: triggers a DAG.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use updraft_auth::{Action, Resource};

use super::{DagRun, OfDag};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs::{self, Asked};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::{Given, interval};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::POST, "/dags/{dag_id}/dagRuns", "post_dag_run");
    let needs = Needs::OfDag(Action::Create, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 409], post)
}

/// A run that somebody asks for. `execution_date` is the old name of `logical_date`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DagRunBody {
    dag_run_id: Option<String>,
    logical_date: Option<Given>,
    execution_date: Option<Given>,
    data_interval_start: Option<Given>,
    data_interval_end: Option<Given>,
    #[serde(default)]
    conf: Map<String, Value>,
    note: Option<String>,
}

async fn post(call: Call<OfDag, Nothing, Json<DagRunBody>>) -> Result<Json<DagRun>, Failure> {
    let (actor, Json(body)) = (call.actor(), &call.body);
    let logical_date = match (body.logical_date, body.execution_date) {
        (Some(one), Some(other)) if one != other => {
            return Err(Failure::body("`logical_date` and `execution_date` differ"));
        }
        (one, other) => one.or(other).map(|given| given.0),
    };
    let asked = Asked {
        run_id: body.dag_run_id.clone(),
        logical_date,
        data_interval: interval(body.data_interval_start, body.data_interval_end)?,
        run_after: None,
        conf: body.conf.clone(),
        note: body.note.clone(),
    };
    Ok(Json(
        runs::trigger(&actor, &call.path.dag_id, asked).await?.into(),
    ))
}
