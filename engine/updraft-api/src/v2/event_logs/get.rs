//! `GET /eventLogs/{event_log_id}`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};

use super::EventLogResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::event_logs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/eventLogs/{event_log_id}", "get_event_log");
    Endpoint::new(
        at,
        Needs::Resource(Action::Read, Resource::AUDIT_LOG),
        &[401, 403, 404, 422],
        get,
    )
}

#[derive(Deserialize, JsonSchema)]
struct ByNumber {
    event_log_id: i64,
}

async fn get(call: Call<ByNumber, Nothing>) -> Result<Json<EventLogResponse>, Failure> {
    Ok(Json(
        event_logs::get(&call.api, call.path.event_log_id).await?.into(),
    ))
}
