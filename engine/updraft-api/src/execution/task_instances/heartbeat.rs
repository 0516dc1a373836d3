//! `PUT /task-instances/{id}/heartbeat`: a sign of life. A worker that is refused ends the attempt and says nothing more of it.

use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use updraft_executor::BeatRefusal;
use updraft_worker::Heartbeat;

use super::Named;
use crate::call::{Json, NoContent, Nothing};
use crate::execution::operation::{Ask, AskedBy, Operation};
use crate::execution::refusal::Refusal;

pub(super) fn operations() -> Vec<Operation> {
    let at = (Method::PUT, "/task-instances/{task_instance_id}/heartbeat");
    vec![Operation::new(at, AskedBy::Own, &[404, 409, 410, 422], beat)]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TIHeartbeatInfo")]
struct Beat {
    hostname: String,
    pid: u32,
}

async fn beat(ask: Ask<Named, Nothing, Json<Beat>>) -> Result<NoContent, Refusal> {
    let attempt = ask.attempt()?;
    let Beat { hostname, pid } = &ask.body.0;
    let heartbeat = Heartbeat {
        hostname: hostname.clone(),
        pid: *pid,
        progress: None,
    };
    match ask.api.workers.heartbeat(attempt, heartbeat).await {
        Ok(()) => Ok(NoContent),
        Err(BeatRefusal::RunsElsewhere { hostname, pid }) => Err(Refusal::Told(
            StatusCode::CONFLICT,
            json!({
                "reason": "running_elsewhere",
                "message": "TI is already running elsewhere",
                "current_hostname": hostname,
                "current_pid": pid,
            }),
        )),
        Err(BeatRefusal::NotBegun) => Err(Refusal::gone(ask.api.store.attempt_now(attempt).await?)),
        Err(BeatRefusal::Engine(error)) => Err(ask.refused(error).await),
    }
}
