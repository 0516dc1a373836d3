//! `/eventLogs/{event_log_id}`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::event_logs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::V2Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let at = At(Method::GET, "/eventLogs/{event_log_id}", "get_event_log");
    let needs = Needs::Resource(Action::Read, Resource::AUDIT_LOG);
    vec![Endpoint::new(at, needs, &[401, 403, 404, 422], get)]
}

#[derive(Deserialize, JsonSchema)]
struct ByNumber {
    event_log_id: i64,
}

/// An entry of the event log.
#[derive(Serialize, JsonSchema)]
struct EventLogResponse {
    event_log_id: i64,
    when: V2Time,
    dag_id: Option<String>,
    task_id: Option<String>,
    run_id: Option<String>,
    map_index: Option<i32>,
    try_number: Option<u32>,
    event: String,
    logical_date: Option<V2Time>,
    owner: Option<String>,
    extra: Option<String>,
    dag_display_name: Option<String>,
    task_display_name: Option<String>,
}

async fn get(call: Call<ByNumber, Nothing>) -> Result<Json<EventLogResponse>, Failure> {
    let row = event_logs::get(&call.api, call.path.event_log_id).await?;
    Ok(Json(EventLogResponse {
        event_log_id: row.event_log_id,
        when: V2Time(row.happened_at),
        dag_display_name: row.dag_id.clone(),
        task_display_name: row.task_id.clone(),
        dag_id: row.dag_id,
        task_id: row.task_id,
        run_id: row.run_id,
        map_index: row.map_index,
        try_number: row.try_number,
        event: row.event,
        logical_date: None,
        owner: row.owner,
        extra: row.extra,
    }))
}
