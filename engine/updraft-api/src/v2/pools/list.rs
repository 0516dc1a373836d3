//! `GET /pools`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::PoolResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::pools;
use crate::domain::search::Search;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};
use crate::v2::or_default;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::POOL);
    Endpoint::new(
        At(Method::GET, "/pools", "get_pools"),
        needs,
        &[401, 403, 422],
        list,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default)]
    order_by: Vec<String>,
    pool_name_pattern: Option<String>,
    pool_name_prefix_pattern: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct PoolCollectionResponse {
    pools: Vec<PoolResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<PoolCollectionResponse>, Failure> {
    let query = call.query;
    let orders = Order::parse(&or_default(query.order_by, "id"), &pools::COLUMNS)?;
    let search = Search {
        pattern: query.pool_name_pattern,
        prefix: query.pool_name_prefix_pattern,
    };
    let page = Page::v2(query.limit, query.offset);
    let found = pools::list(&call.api, &search, &orders, page).await?;
    let (pools, total_entries) = found.map(PoolResponse::from);
    Ok(Json(PoolCollectionResponse { pools, total_entries }))
}
