//! `GET /connections`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::Connection;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::connections;
use crate::domain::search::Search;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::CONNECTION);
    Endpoint::new(
        At(Method::GET, "/connections", "get_connections"),
        needs,
        &[401, 403],
        list,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    order_by: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct ConnectionCollection {
    connections: Vec<Connection>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<ConnectionCollection>, Failure> {
    let orders = Order::parse(call.query.order_by.as_slice(), &connections::COLUMNS)?;
    let page = Page::v1(call.query.limit, call.query.offset);
    let found = connections::list(&call.api, &Search::default(), &orders, page).await?;
    let (connections, total_entries) = found.map(|row| Connection::of(row.conn_id, row.connection));
    Ok(Json(ConnectionCollection {
        connections,
        total_entries,
    }))
}
