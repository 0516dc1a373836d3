//! `PATCH .../taskInstances/{task_id}/{map_index}/hitlDetails`: answers what a task asks.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_auth::{Action, Resource};

use super::{ByIndex, User};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::hitl::{self, Given};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::V2Time;

pub(super) fn endpoint() -> Endpoint {
    let path = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/hitlDetails";
    // Airflow 2 knows no such thing: whoever may set the state of a task may say how it goes on.
    let needs = Needs::OfDag(Action::Edit, vec![Resource::TASK_INSTANCE]);
    let at = At(Method::PATCH, path, "update_hitl_detail");
    Endpoint::new(at, needs, &[400, 401, 403, 404, 409, 422], patch)
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "UpdateHITLDetailPayload")]
struct Body {
    chosen_options: Vec<String>,
    #[serde(default)]
    params_input: Map<String, Value>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HITLDetailResponse")]
struct Answered {
    responded_by: User,
    responded_at: V2Time,
    chosen_options: Vec<String>,
    params_input: Map<String, Value>,
}

async fn patch(call: Call<ByIndex, Nothing, Json<Body>>) -> Result<Json<Answered>, Failure> {
    let (path, Json(body)) = (&call.path, &call.body);
    let run = runs::key(&path.dag_id, &path.dag_run_id)?;
    let given = Given {
        chosen_options: body.chosen_options.clone(),
        params_input: body.params_input.clone(),
    };
    let task = (path.task_id.as_str(), path.map_index);
    let row = hitl::answer(&call.actor(), &run, task, given).await?;
    let lost = || Failure::Internal("an answer was written and is not there".into());
    let answer = row.answer.ok_or_else(lost)?;
    Ok(Json(Answered {
        responded_by: answer.responded_by.ok_or_else(lost)?.into(),
        responded_at: V2Time(answer.responded_at),
        chosen_options: answer.chosen_options,
        params_input: answer.params_input,
    }))
}
