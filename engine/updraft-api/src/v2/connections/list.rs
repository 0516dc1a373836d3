//! `GET /connections`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::ConnectionResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::connections;
use crate::domain::search::Search;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};
use crate::v2::or_default;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::CONNECTION);
    Endpoint::new(
        At(Method::GET, "/connections", "get_connections"),
        needs,
        &[401, 403, 404, 422],
        list,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default)]
    order_by: Vec<String>,
    connection_id_pattern: Option<String>,
    connection_id_prefix_pattern: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct ConnectionCollectionResponse {
    connections: Vec<ConnectionResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<ConnectionCollectionResponse>, Failure> {
    let query = call.query;
    let orders = Order::parse(&or_default(query.order_by, "id"), &connections::COLUMNS)?;
    let search = Search {
        pattern: query.connection_id_pattern,
        prefix: query.connection_id_prefix_pattern,
    };
    let page = Page::v2(query.limit, query.offset);
    let found = connections::list(&call.api, &search, &orders, page).await?;
    let (connections, total_entries) = found.map(|row| ConnectionResponse::of(row.conn_id, row.connection));
    Ok(Json(ConnectionCollectionResponse {
        connections,
        total_entries,
    }))
}
