//! `GET /users`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::UserCollectionItem;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::users;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::USER);
    Endpoint::new(At(Method::GET, "/users", "get_users"), needs, &[401, 403], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    order_by: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct UserCollection {
    users: Vec<UserCollectionItem>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<UserCollection>, Failure> {
    let page = Page::v1(call.query.limit, call.query.offset);
    let paging = Order::paging(call.query.order_by.as_slice(), &users::COLUMNS, page)?;
    let (users, total_entries) = users::list(&call.api, &paging)
        .await?
        .map(UserCollectionItem::from);
    Ok(Json(UserCollection { users, total_entries }))
}
