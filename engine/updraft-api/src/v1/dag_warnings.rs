//! `GET /dagWarnings`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::DagWarningRow;

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::dag_warnings::{self, MISSING_POOL};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page, Paged};
use crate::time::V1Time;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dagWarnings", "get_dag_warnings");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_WARNING]);
    Endpoint::new(at, needs, &[401, 403], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    dag_id: Option<String>,
    warning_type: Option<String>,
    limit: Option<u32>,
    offset: Option<u32>,
    order_by: Option<String>,
}

/// What is wrong with a DAG that can be read.
#[derive(Serialize, JsonSchema)]
struct DagWarning {
    dag_id: String,
    warning_type: &'static str,
    message: String,
    timestamp: V1Time,
}

#[derive(Serialize, JsonSchema)]
struct DagWarningCollection {
    dag_warnings: Vec<DagWarning>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<DagWarningCollection>, Failure> {
    let query = call.query;
    let page = Page::v1(query.limit, query.offset);
    let paging = Order::paging(query.order_by.as_slice(), &dag_warnings::COLUMNS, page)?;
    let found = if query.warning_type.is_some_and(|kind| kind != MISSING_POOL) {
        Paged::of(Vec::new(), page)
    } else {
        dag_warnings::list((&call.api, &call.identity), query.dag_id, &paging).await?
    };
    let (dag_warnings, total_entries) = found.map(|row: DagWarningRow| DagWarning {
        message: dag_warnings::message(&row),
        dag_id: row.dag_id.to_string(),
        warning_type: MISSING_POOL,
        timestamp: V1Time(row.parsed_at),
    });
    Ok(Json(DagWarningCollection {
        dag_warnings,
        total_entries,
    }))
}
