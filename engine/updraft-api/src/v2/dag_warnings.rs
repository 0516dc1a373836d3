//! `GET /dagWarnings`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::DagWarningRow;

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::dag_warnings;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page, Paged};
use crate::time::V2Time;
use crate::v2::or_default;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dagWarnings", "list_dag_warnings");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_WARNING]);
    Endpoint::new(at, needs, &[401, 403, 422], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    dag_id: Option<String>,
    warning_type: Option<DagWarningType>,
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default)]
    order_by: Vec<String>,
}

/// Airflow's kinds of warnings; only tasks of pools that there are not are warned of here.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
enum DagWarningType {
    #[serde(rename = "asset conflict")]
    AssetConflict,
    #[serde(rename = "non-existent pool")]
    NonExistentPool,
    #[serde(rename = "runtime varying value")]
    RuntimeVaryingValue,
}

/// What is wrong with a DAG that can be read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGWarningResponse")]
struct DagWarningResponse {
    dag_id: String,
    warning_type: DagWarningType,
    message: String,
    timestamp: V2Time,
    dag_display_name: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGWarningCollectionResponse")]
struct DagWarningCollectionResponse {
    dag_warnings: Vec<DagWarningResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<DagWarningCollectionResponse>, Failure> {
    let query = call.query;
    let page = Page::v2(query.limit, query.offset);
    let paging = Order::paging(
        &or_default(query.order_by, "dag_id"),
        &dag_warnings::COLUMNS,
        page,
    )?;
    let is_other = |kind| kind != DagWarningType::NonExistentPool;
    let found = if query.warning_type.is_some_and(is_other) {
        Paged::of(Vec::new(), page)
    } else {
        dag_warnings::list((&call.api, &call.identity), query.dag_id, &paging).await?
    };
    let (dag_warnings, total_entries) = found.map(|row: DagWarningRow| DagWarningResponse {
        message: dag_warnings::message(&row),
        dag_id: row.dag_id.to_string(),
        dag_display_name: row.dag_id.to_string(),
        warning_type: DagWarningType::NonExistentPool,
        timestamp: V2Time(row.parsed_at),
    });
    Ok(Json(DagWarningCollectionResponse {
        dag_warnings,
        total_entries,
    }))
}
