//! `GET /jobs`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::{JobFilter, JobRow, TimeBounds};

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::jobs::{self, EXECUTOR, JOB_TYPE};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page, Paged, flag};
use crate::time::{Given, V2Time};
use crate::v2::or_default;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::JOB);
    Endpoint::new(
        At(Method::GET, "/jobs", "get_jobs"),
        needs,
        &[400, 401, 403, 422],
        list,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    #[serde(default, deserialize_with = "flag")]
    is_alive: Option<bool>,
    start_date_gte: Option<Given>,
    start_date_gt: Option<Given>,
    start_date_lte: Option<Given>,
    start_date_lt: Option<Given>,
    end_date_gte: Option<Given>,
    end_date_gt: Option<Given>,
    end_date_lte: Option<Given>,
    end_date_lt: Option<Given>,
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default)]
    order_by: Vec<String>,
    job_state: Option<String>,
    job_type: Option<String>,
    hostname: Option<String>,
    executor_class: Option<String>,
}

/// A process that runs attempts, or has.
#[derive(Serialize, JsonSchema)]
struct JobResponse {
    id: i64,
    dag_id: Option<String>,
    state: Option<String>,
    job_type: Option<&'static str>,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
    latest_heartbeat: Option<V2Time>,
    executor_class: Option<&'static str>,
    hostname: Option<String>,
    unixname: Option<String>,
    dag_display_name: Option<String>,
}

impl From<JobRow> for JobResponse {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.job_id,
            dag_id: None,
            state: Some(row.state),
            job_type: Some(JOB_TYPE),
            start_date: Some(V2Time(row.start_date)),
            end_date: row.end_date.map(V2Time),
            latest_heartbeat: Some(V2Time(row.latest_heartbeat)),
            executor_class: Some(EXECUTOR),
            hostname: Some(row.hostname),
            unixname: None,
            dag_display_name: None,
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct JobCollectionResponse {
    jobs: Vec<JobResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<JobCollectionResponse>, Failure> {
    let query = call.query;
    let page = Page::v2(query.limit, query.offset);
    let paging = Order::paging(&or_default(query.order_by, "id"), &jobs::COLUMNS, page)?;
    let bounds =
        |from: Option<Given>, after: Option<Given>, until: Option<Given>, before: Option<Given>| TimeBounds {
            from: from.map(|given| given.0),
            after: after.map(|given| given.0),
            until: until.map(|given| given.0),
            before: before.map(|given| given.0),
        };
    let filter = JobFilter {
        state: query.job_state,
        hostname: query.hostname,
        started: bounds(
            query.start_date_gte,
            query.start_date_gt,
            query.start_date_lte,
            query.start_date_lt,
        ),
        ended: bounds(
            query.end_date_gte,
            query.end_date_gt,
            query.end_date_lte,
            query.end_date_lt,
        ),
        ..JobFilter::default()
    };
    let is_other = query.job_type.is_some_and(|kind| kind != JOB_TYPE)
        || query.executor_class.is_some_and(|class| class != EXECUTOR);
    let found = if is_other {
        Paged::of(Vec::new(), page)
    } else {
        jobs::list(&call.api, query.is_alive, filter, &paging).await?
    };
    let (jobs, total_entries) = found.map(JobResponse::from);
    Ok(Json(JobCollectionResponse { jobs, total_entries }))
}
