//! `GET /eventLogs`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::{EventLogFilter, TextLike};

use super::EventLogResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::event_logs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};
use crate::time::Given;
use crate::v2::or_default;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::AUDIT_LOG);
    Endpoint::new(
        At(Method::GET, "/eventLogs", "get_event_logs"),
        needs,
        &[401, 403, 422],
        list,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default)]
    order_by: Vec<String>,
    dag_id: Option<String>,
    task_id: Option<String>,
    run_id: Option<String>,
    map_index: Option<i32>,
    try_number: Option<u32>,
    owner: Option<String>,
    event: Option<String>,
    #[serde(default)]
    excluded_events: Vec<String>,
    #[serde(default)]
    included_events: Vec<String>,
    before: Option<Given>,
    after: Option<Given>,
    dag_id_pattern: Option<String>,
    task_id_pattern: Option<String>,
    run_id_pattern: Option<String>,
    owner_pattern: Option<String>,
    event_pattern: Option<String>,
    dag_id_prefix_pattern: Option<String>,
    task_id_prefix_pattern: Option<String>,
    run_id_prefix_pattern: Option<String>,
    owner_prefix_pattern: Option<String>,
    event_prefix_pattern: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct EventLogCollectionResponse {
    event_logs: Vec<EventLogResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<EventLogCollectionResponse>, Failure> {
    let query = call.query;
    let page = Page::v2(query.limit, query.offset);
    let paging = Order::paging(&or_default(query.order_by, "id"), &event_logs::COLUMNS, page)?;
    let like = |pattern, prefix| TextLike { pattern, prefix };
    let any = |names: Vec<String>| (!names.is_empty()).then_some(names);
    let filter = EventLogFilter {
        dag_id: query.dag_id,
        run_id: query.run_id,
        task_id: query.task_id,
        map_index: query.map_index,
        try_number: query.try_number,
        owner: query.owner,
        event: query.event,
        included_events: any(query.included_events),
        excluded_events: any(query.excluded_events),
        after: query.after.map(|given| given.0),
        before: query.before.map(|given| given.0),
        dag_like: like(query.dag_id_pattern, query.dag_id_prefix_pattern),
        task_like: like(query.task_id_pattern, query.task_id_prefix_pattern),
        run_like: like(query.run_id_pattern, query.run_id_prefix_pattern),
        owner_like: like(query.owner_pattern, query.owner_prefix_pattern),
        event_like: like(query.event_pattern, query.event_prefix_pattern),
        paging,
    };
    let found = event_logs::list(&call.api, &filter).await?;
    let (event_logs, total_entries) = found.map(EventLogResponse::from);
    Ok(Json(EventLogCollectionResponse {
        event_logs,
        total_entries,
    }))
}
