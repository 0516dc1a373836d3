//! `GET /dags/{dag_id}/dagRuns`; of all DAGs with `~` as id.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_model::DagRunState;
use updraft_store::{RunOrder, RunPage};

use super::{DagRun, OfDag};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page, Paged, list};
use crate::time::{Given, span};
use crate::v1::fields::Picked;

/// What runs can be sorted by: the dates they are about, and when they started and ended.
pub(super) const COLUMNS: [&str; 5] = ["id", "logical_date", "execution_date", "start_date", "end_date"];

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}/dagRuns", "get_dag_runs");
    Endpoint::new(
        at,
        Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]),
        &[401],
        get_dag_runs,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    execution_date_gte: Option<Given>,
    execution_date_lte: Option<Given>,
    start_date_gte: Option<Given>,
    start_date_lte: Option<Given>,
    end_date_gte: Option<Given>,
    end_date_lte: Option<Given>,
    updated_at_gte: Option<Given>,
    updated_at_lte: Option<Given>,
    #[serde(default, deserialize_with = "list")]
    state: Vec<String>,
    order_by: Option<String>,
    #[serde(default, deserialize_with = "list")]
    fields: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGRunCollection")]
pub(super) struct DagRunCollection<T> {
    pub(super) dag_runs: Vec<T>,
    pub(super) total_entries: u64,
}

/// How runs are sorted: by the first column that is named, and what that leaves open by id.
pub(super) fn order(orders: &[Order]) -> (RunOrder, bool) {
    let order = match orders.first().map(|order| order.column.as_str()) {
        Some("start_date") => RunOrder::Start,
        Some("end_date") => RunOrder::End,
        _ => RunOrder::Date,
    };
    (order, orders.first().is_some_and(|order| order.is_descending))
}

async fn get_dag_runs(call: Call<OfDag, Query>) -> Result<Json<DagRunCollection<Picked<DagRun>>>, Failure> {
    let query = &call.query;
    let orders = Order::parse(query.order_by.as_slice(), &COLUMNS)?;
    let (order, is_descending) = order(&orders);
    let page = Page::v1(query.limit, query.offset);
    let wanted = RunPage {
        dated: span(query.execution_date_gte, query.execution_date_lte),
        started: span(query.start_date_gte, query.start_date_lte),
        ended: span(query.end_date_gte, query.end_date_lte),
        changed: span(query.updated_at_gte, query.updated_at_lte),
        states: states(&query.state)?,
        order,
        is_descending,
        limit: page.limit,
        offset: page.offset,
        ..RunPage::default()
    };
    let found = runs::list((&call.api, &call.identity), &call.path.dag_id, wanted).await;
    let Paged { rows, total } = Paged::or_empty(found)?;
    let picked = rows
        .into_iter()
        .map(|run| Picked::of(DagRun::from(run), &query.fields));
    Ok(Json(DagRunCollection {
        dag_runs: picked.collect::<Result<_, _>>()?,
        total_entries: total,
    }))
}

/// The states that are named; none means any.
pub(super) fn states(names: &[String]) -> Result<Option<Vec<DagRunState>>, Failure> {
    if names.is_empty() {
        return Ok(None);
    }
    let state = |name: &String| {
        name.parse()
            .map_err(|error: updraft_model::UnknownState| Failure::query(error.to_string()))
    };
    names.iter().map(state).collect::<Result<_, _>>().map(Some)
}
