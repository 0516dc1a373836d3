//! `GET /eventLogs`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::EventLogFilter;

use super::EventLog;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::event_logs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};
use crate::time::Given;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::AUDIT_LOG);
    Endpoint::new(
        At(Method::GET, "/eventLogs", "get_event_logs"),
        needs,
        &[401, 403],
        list,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    order_by: Option<String>,
    dag_id: Option<String>,
    task_id: Option<String>,
    run_id: Option<String>,
    map_index: Option<i32>,
    try_number: Option<u32>,
    event: Option<String>,
    owner: Option<String>,
    before: Option<Given>,
    after: Option<Given>,
    /// Names of events, separated by commas.
    included_events: Option<String>,
    /// Names of events, separated by commas.
    excluded_events: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct EventLogCollection {
    event_logs: Vec<EventLog>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<EventLogCollection>, Failure> {
    let query = call.query;
    let page = Page::v1(query.limit, query.offset);
    let paging = Order::paging(query.order_by.as_slice(), &event_logs::COLUMNS, page)?;
    let names =
        |text: Option<String>| text.map(|text| text.split(',').map(|name| name.trim().to_owned()).collect());
    let filter = EventLogFilter {
        dag_id: query.dag_id,
        run_id: query.run_id,
        task_id: query.task_id,
        map_index: query.map_index,
        try_number: query.try_number,
        owner: query.owner,
        event: query.event,
        included_events: names(query.included_events),
        excluded_events: names(query.excluded_events),
        after: query.after.map(|given| given.0),
        before: query.before.map(|given| given.0),
        paging,
        ..EventLogFilter::default()
    };
    let (event_logs, total_entries) = event_logs::list(&call.api, &filter).await?.map(EventLog::from);
    Ok(Json(EventLogCollection {
        event_logs,
        total_entries,
    }))
}
