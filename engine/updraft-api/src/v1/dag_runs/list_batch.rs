//! `POST /dags/~/dagRuns/list`: runs of several DAGs, asked for with a body.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_store::RunPage;

use super::DagRun;
use super::list::{COLUMNS, DagRunCollection, order, states};
use crate::access::{ALL, Needs};
use crate::call::{Call, Json, Nothing};
use crate::domain::{dags, runs};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};
use crate::time::{Given, span};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::POST, "/dags/~/dagRuns/list", "get_dag_runs_batch");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[400, 401, 403], list)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ListDagRunsForm")]
struct Body {
    order_by: Option<String>,
    page_offset: Option<u32>,
    page_limit: Option<u32>,
    dag_ids: Option<Vec<String>>,
    states: Option<Vec<String>>,
    execution_date_gte: Option<Given>,
    execution_date_lte: Option<Given>,
    start_date_gte: Option<Given>,
    start_date_lte: Option<Given>,
    end_date_gte: Option<Given>,
    end_date_lte: Option<Given>,
}

async fn list(call: Call<Nothing, Nothing, Json<Body>>) -> Result<Json<DagRunCollection<DagRun>>, Failure> {
    let Json(body) = &call.body;
    let orders = Order::parse(body.order_by.as_slice(), &COLUMNS)?;
    let (order, is_descending) = order(&orders);
    let page = Page::v1(body.page_limit, body.page_offset);
    let wanted = RunPage {
        dags: dags::named(body.dag_ids.as_deref()),
        dated: span(body.execution_date_gte, body.execution_date_lte),
        started: span(body.start_date_gte, body.start_date_lte),
        ended: span(body.end_date_gte, body.end_date_lte),
        states: states(body.states.as_deref().unwrap_or_default())?,
        order,
        is_descending,
        limit: page.limit,
        offset: page.offset,
        ..RunPage::default()
    };
    let found = runs::list((&call.api, &call.identity), ALL, wanted).await?;
    let (dag_runs, total_entries) = found.map(DagRun::from);
    Ok(Json(DagRunCollection {
        dag_runs,
        total_entries,
    }))
}
