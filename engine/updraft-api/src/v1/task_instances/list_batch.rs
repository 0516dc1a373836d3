//! `POST /dags/~/dagRuns/~/taskInstances/list`: tasks of several runs, asked for with a body.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_store::TaskPage;

use super::TaskInstanceCollection;
use crate::access::{ALL, Needs};
use crate::call::{Call, Json, Nothing};
use crate::domain::dags;
use crate::domain::task_instances::{self, states};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::Page;
use crate::time::{Given, durations, span};

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::POST,
        "/dags/~/dagRuns/~/taskInstances/list",
        "get_task_instances_batch",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404], list)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ListTaskInstanceForm")]
struct Body {
    page_offset: Option<u32>,
    page_limit: Option<u32>,
    dag_ids: Option<Vec<String>>,
    dag_run_ids: Option<Vec<String>>,
    task_ids: Option<Vec<String>>,
    execution_date_gte: Option<Given>,
    execution_date_lte: Option<Given>,
    start_date_gte: Option<Given>,
    start_date_lte: Option<Given>,
    end_date_gte: Option<Given>,
    end_date_lte: Option<Given>,
    duration_gte: Option<f64>,
    duration_lte: Option<f64>,
    /// `null` in it is no state.
    state: Option<Vec<Option<String>>>,
    pool: Option<Vec<String>>,
    queue: Option<Vec<String>>,
    executor: Option<Vec<String>>,
}

async fn list(call: Call<Nothing, Nothing, Json<Body>>) -> Result<Json<TaskInstanceCollection>, Failure> {
    let Json(body) = &call.body;
    let page = Page::v1(body.page_limit, body.page_offset);
    let named = body.state.iter().flatten();
    let wanted = TaskPage {
        dags: dags::named(body.dag_ids.as_deref()),
        run_ids: body.dag_run_ids.clone().unwrap_or_default(),
        task_ids: body.task_ids.clone(),
        dated: span(body.execution_date_gte, body.execution_date_lte),
        started: span(body.start_date_gte, body.start_date_lte),
        ended: span(body.end_date_gte, body.end_date_lte),
        duration_us: durations([body.duration_gte, None, body.duration_lte, None]),
        states: states(named.map(|name| name.as_deref().unwrap_or("none")))?,
        pools: body.pool.clone().unwrap_or_default(),
        queues: body.queue.clone().unwrap_or_default(),
        limit: page.limit,
        offset: page.offset,
        ..TaskPage::default()
    };
    let found = task_instances::list((&call.api, &call.identity), (ALL, ALL), wanted).await?;
    let executor = body.executor.clone().unwrap_or_default();
    Ok(Json(TaskInstanceCollection::of(found, &executor)))
}
