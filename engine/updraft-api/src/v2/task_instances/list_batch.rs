//! `POST /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/list`: tasks of several runs, asked for with a body.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_store::TaskPage;

use super::list::{of_executor, order};
use super::{OfRun, TaskInstanceCollectionResponse};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::dags;
use crate::domain::task_instances::{self, states};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::Page;
use crate::time::{Given, spans};

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::POST,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/list",
        "get_task_instances_batch",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], list)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TaskInstancesBatchBody")]
struct Body {
    dag_ids: Option<Vec<String>>,
    dag_run_ids: Option<Vec<String>>,
    task_ids: Option<Vec<String>>,
    /// `null` in it is no state.
    state: Option<Vec<Option<String>>>,
    run_after_gte: Option<Given>,
    run_after_gt: Option<Given>,
    run_after_lte: Option<Given>,
    run_after_lt: Option<Given>,
    logical_date_gte: Option<Given>,
    logical_date_gt: Option<Given>,
    logical_date_lte: Option<Given>,
    logical_date_lt: Option<Given>,
    start_date_gte: Option<Given>,
    start_date_gt: Option<Given>,
    start_date_lte: Option<Given>,
    start_date_lt: Option<Given>,
    end_date_gte: Option<Given>,
    end_date_gt: Option<Given>,
    end_date_lte: Option<Given>,
    end_date_lt: Option<Given>,
    duration_gte: Option<f64>,
    duration_gt: Option<f64>,
    duration_lte: Option<f64>,
    duration_lt: Option<f64>,
    pool: Option<Vec<String>>,
    queue: Option<Vec<String>>,
    executor: Option<Vec<String>>,
    page_offset: Option<u32>,
    page_limit: Option<u32>,
    order_by: Option<String>,
}

async fn list(
    call: Call<OfRun, Nothing, Json<Body>>,
) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    let (path, Json(body)) = (&call.path, &call.body);
    let (order, is_descending) = order(body.order_by.as_slice())?;
    let page = Page::v2(Some(body.page_limit.unwrap_or(100)), body.page_offset);
    let named = body.state.iter().flatten();
    let wanted = spans!(TaskPage of body;
        dags: dags::named(body.dag_ids.as_deref()),
        run_ids: body.dag_run_ids.clone().unwrap_or_default(),
        task_ids: body.task_ids.clone(),
        states: states(named.map(|name| name.as_deref().unwrap_or("none")))?,
        pools: body.pool.clone().unwrap_or_default(),
        queues: body.queue.clone().unwrap_or_default(),
        order,
        is_descending,
        limit: page.limit,
        offset: page.offset,
        ..TaskPage::default()
    );
    let of = (path.dag_id.as_str(), path.dag_run_id.as_str());
    let found = task_instances::list((&call.api, &call.identity), of, wanted).await?;
    let found = of_executor(found, body.executor.as_deref().unwrap_or_default());
    TaskInstanceCollectionResponse::of(&call.api, found)
        .await
        .map(Json)
}
