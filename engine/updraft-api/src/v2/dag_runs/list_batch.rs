//! `POST /dags/{dag_id}/dagRuns/list`: runs of several DAGs, asked for with a body.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_store::RunPage;

use super::OfDag;
use super::list::{DagRunCollectionResponse, order};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::search::pattern;
use crate::domain::{dags, runs};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::Page;
use crate::time::{Given, spans};
use crate::v2::run_states;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::POST,
        "/dags/{dag_id}/dagRuns/list",
        "get_list_dag_runs_batch",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], list)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DAGRunsBatchBody")]
struct Body {
    order_by: Option<String>,
    page_offset: Option<u32>,
    page_limit: Option<u32>,
    dag_ids: Option<Vec<String>>,
    states: Option<Vec<Option<String>>>,
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
    conf_contains: Option<String>,
}

async fn list(call: Call<OfDag, Nothing, Json<Body>>) -> Result<Json<DagRunCollectionResponse>, Failure> {
    let Json(body) = &call.body;
    let (order, is_descending) = order(body.order_by.as_slice())?;
    let page = Page::v2(Some(body.page_limit.unwrap_or(100)), body.page_offset);
    // A run has a state always.
    let states: Option<Vec<String>> = body
        .states
        .clone()
        .map(|states| states.into_iter().flatten().collect());
    let wanted = spans!(RunPage of body;
        dags: dags::named(body.dag_ids.as_deref()),
        conf: pattern(body.conf_contains.clone()),
        states: states.map(|states| run_states(&states)).transpose()?,
        order,
        is_descending,
        limit: page.limit,
        offset: page.offset,
        ..RunPage::default()
    );
    let found = runs::list((&call.api, &call.identity), &call.path.dag_id, wanted).await?;
    Ok(Json(DagRunCollectionResponse::of(&call.api, found).await?))
}
