//! `GET /dags/{dag_id}/dagVersions`; `~` stands for all DAGs.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::Action;

use super::DagVersionResponse;
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::dag_versions;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page, Paged};
use crate::v2::dags::BUNDLE;
use crate::v2::or_default;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}/dagVersions", "get_dag_versions");
    Endpoint::new(at, Needs::Dag(Action::Read), &[401, 403, 404, 422], list)
}

#[derive(Deserialize, JsonSchema)]
struct ById {
    dag_id: String,
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    version_number: Option<i64>,
    bundle_name: Option<String>,
    bundle_version: Option<String>,
    #[serde(default)]
    order_by: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGVersionCollectionResponse")]
struct DagVersionCollectionResponse {
    dag_versions: Vec<DagVersionResponse>,
    total_entries: u64,
}

async fn list(call: Call<ById, Query>) -> Result<Json<DagVersionCollectionResponse>, Failure> {
    let query = call.query;
    let page = Page::v2(query.limit, query.offset);
    let paging = Order::paging(&or_default(query.order_by, "id"), &dag_versions::COLUMNS, page)?;
    let found = dag_versions::list(
        (&call.api, &call.identity),
        &call.path.dag_id,
        query.version_number,
        &paging,
    )
    .await?;
    // There is one folder that DAGs come from, and it has no versions.
    let is_elsewhere = query.bundle_name.is_some_and(|name| name != BUNDLE) || query.bundle_version.is_some();
    let found = if is_elsewhere {
        Paged::of(Vec::new(), page)
    } else {
        found
    };
    let (dag_versions, total_entries) = found.map(DagVersionResponse::from);
    Ok(Json(DagVersionCollectionResponse {
        dag_versions,
        total_entries,
    }))
}
