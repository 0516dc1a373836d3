//! `GET /dagTags`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::Action;
use updraft_store::TagFilter;

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::dag_versions::{self, TAG_COLUMNS};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page, Paged};
use crate::v2::or_default;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dagTags", "get_dag_tags");
    Endpoint::new(at, Needs::Dag(Action::Read), &[401, 403, 422], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default)]
    order_by: Vec<String>,
    tag_name_pattern: Option<String>,
    tag_name_prefix_pattern: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGTagCollectionResponse")]
struct DagTagCollectionResponse {
    tags: Vec<String>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<DagTagCollectionResponse>, Failure> {
    let query = call.query;
    let page = Page::v2(query.limit, query.offset);
    let paging = Order::paging(&or_default(query.order_by, "name"), &TAG_COLUMNS, page)?;
    let filter = TagFilter {
        pattern: query.tag_name_pattern,
        prefix: query.tag_name_prefix_pattern,
        ..TagFilter::default()
    };
    let Paged { rows, total } = dag_versions::tags((&call.api, &call.identity), filter, &paging).await?;
    Ok(Json(DagTagCollectionResponse {
        tags: rows,
        total_entries: total,
    }))
}
