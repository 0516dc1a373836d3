//! `GET /pools`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::Pool;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::pools;
use crate::domain::search::Search;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::POOL);
    Endpoint::new(At(Method::GET, "/pools", "get_pools"), needs, &[401, 403], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    order_by: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct PoolCollection {
    pools: Vec<Pool>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<PoolCollection>, Failure> {
    let orders = Order::parse(call.query.order_by.as_slice(), &pools::COLUMNS)?;
    let page = Page::v1(call.query.limit, call.query.offset);
    let found = pools::list(&call.api, &Search::default(), &orders, page).await?;
    let (pools, total_entries) = found.map(Pool::from);
    Ok(Json(PoolCollection { pools, total_entries }))
}
