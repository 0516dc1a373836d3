//! `PATCH /task-instances/{id}/run`: a worker begins with an attempt. Of all that try, one may.

use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use updraft_protocol::message::TiRunContext;
use updraft_store::AttemptNow;
use updraft_worker::{ApiError, AttemptStart};

use super::Named;
use crate::call::{Json, Nothing};
use crate::execution::convert::{self, time};
use crate::execution::operation::{Ask, AskedBy, Operation};
use crate::execution::refusal::Refusal;
use crate::execution::shapes::DagRunShape;
use crate::execution::versioned::Versioned;
use crate::execution::versions::ApiVersion;
use crate::failure::Failure;
use crate::time::{Given, V2Time};

const REFUSED: &str = "TI was not in a state where it could be marked as running";

pub(super) fn operations() -> Vec<Operation> {
    let at = (Method::PATCH, "/task-instances/{task_instance_id}/run");
    vec![Operation::new(at, AskedBy::OwnWorkload, &[404, 409, 422], run)]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TIEnterRunningPayload")]
struct Begun {
    #[expect(dead_code, reason = "there is one")]
    state: Running,
    hostname: String,
    unixname: String,
    pid: u32,
    start_date: Given,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Running {
    Running,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TIRunContext")]
struct Context {
    dag_run: DagRunShape,
    task_reschedule_count: u32,
    max_tries: u32,
    /// Always empty: a task asks for those that it wants.
    variables: Vec<Value>,
    /// Always empty: a task asks for those that it wants.
    connections: Vec<Value>,
    next_method: Option<String>,
    next_kwargs: Option<Map<String, Value>>,
    xcom_keys_to_clear: Vec<String>,
    should_retry: bool,
    start_date: Option<V2Time>,
}

async fn run(ask: Ask<Named, Nothing, Json<Begun>>) -> Result<Json<Versioned<Context>>, Refusal> {
    let attempt = ask.attempt()?;
    let begun = &ask.body.0;
    let start = AttemptStart {
        hostname: begun.hostname.clone(),
        unixname: begun.unixname.clone(),
        pid: begun.pid,
        start_date: begun.start_date.0,
    };
    match ask.api.workers.start(attempt, start).await {
        Ok(context) => Ok(Json(Versioned::new(shaped(ask.version, context)?))),
        Err(ApiError::NotLive(_)) => Err(match ask.api.store.attempt_now(attempt).await? {
            Some(AttemptNow::Newest(state)) => {
                Refusal::invalid_state(REFUSED, state.map(updraft_model::TaskInstanceState::as_str))
            }
            Some(AttemptNow::Replaced) => Refusal::Told(
                StatusCode::CONFLICT,
                json!({ "reason": "invalid_state", "message": REFUSED, "previous_state": null }),
            ),
            None => Refusal::gone(None),
        }),
        Err(error) => Err(ask.refused(error).await),
    }
}

/// The context in the shape of a version.
fn shaped(version: ApiVersion, context: TiRunContext) -> Result<Value, Refusal> {
    let resumes = context.next_method.is_some();
    let shape = Context {
        dag_run: convert::dag_run(context.dag_run),
        task_reschedule_count: context.task_reschedule_count,
        max_tries: context.max_tries,
        variables: Vec::new(),
        connections: Vec::new(),
        next_method: context.next_method,
        next_kwargs: context.next_kwargs,
        xcom_keys_to_clear: context.xcom_keys_to_clear,
        should_retry: context.should_retry,
        start_date: time(context.start_date.filter(|_| resumes)),
    };
    let mut shape = serde_json::to_value(shape).map_err(|error| Failure::Internal(error.into()))?;
    version.trim_run(&mut shape["dag_run"]);
    Ok(shape)
}
