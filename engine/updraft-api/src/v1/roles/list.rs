//! `GET /roles`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::Role;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::roles;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::ROLE);
    Endpoint::new(At(Method::GET, "/roles", "get_roles"), needs, &[401, 403], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    order_by: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct RoleCollection {
    roles: Vec<Role>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<RoleCollection>, Failure> {
    let page = Page::v1(call.query.limit, call.query.offset);
    let paging = Order::paging(call.query.order_by.as_slice(), &roles::COLUMNS, page)?;
    let (roles, total_entries) = roles::list(&call.api, &paging).await?.map(Role::from);
    Ok(Json(RoleCollection { roles, total_entries }))
}
