//! `POST /updraft/workloads/next`, ours: a worker asks for an attempt to run, and waits for one.

use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use updraft_auth::TaskScope;

use super::operation::{Ask, AskedBy, Operation};
use super::refusal::Refusal;
use crate::call::{JSON, Nothing, Whole};

/// The longest that a worker waits, in seconds; proxies end calls that take much longer.
const WAIT_MAX_S: u32 = 30;

pub(crate) fn operations() -> Vec<Operation> {
    let at = (Method::POST, "/updraft/workloads/next");
    vec![Operation::new(at, AskedBy::Worker, &[204, 401, 403, 422], next)]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Wait {
    /// How many seconds to wait for an attempt, at most 30.
    #[serde(default = "wait")]
    wait: u32,
}

const fn wait() -> u32 {
    WAIT_MAX_S
}

/// The workload, as Airflow's `ExecuteTask`; status 204 if there is none for so long.
async fn next(ask: Ask<Nothing, Wait>) -> Result<Whole, Refusal> {
    let wait = Duration::from_secs(ask.query.wait.min(WAIT_MAX_S).into());
    let Ok(workload) = tokio::time::timeout(wait, ask.api.workers.next()).await else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        return Ok(Whole(response));
    };
    let ti = &workload.ti;
    let body = json!({
        "type": "ExecuteTask",
        "token": ask.api.sign(&ti.id.to_string(), TaskScope::Workload),
        "ti": {
            "id": ti.id.to_string(),
            "task_id": ti.task_id,
            "dag_id": ti.dag_id,
            "run_id": ti.run_id,
            "try_number": ti.try_number,
            "map_index": ti.map_index,
            "dag_version_id": ti.dag_version_id.to_string(),
            "hostname": null,
            "context_carrier": null,
            "queue": ti.queue,
            // The engine has seen to both before it gave the attempt out; Airflow's model of a workload wants them.
            "pool_slots": 1,
            "priority_weight": 1,
        },
        "dag_rel_path": workload.launch.source,
        "bundle_info": { "name": workload.launch.name, "version": null },
        "log_path": workload.log_path(Path::new("")),
        "sentry_integration": "",
    });
    let mut response = Response::new(Body::from(body.to_string()));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    Ok(Whole(response))
}
