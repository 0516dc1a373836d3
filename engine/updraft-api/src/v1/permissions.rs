//! `GET /permissions`: what can be done to things.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Page, Paged};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/permissions", "get_permissions");
    let needs = Needs::Resource(Action::Read, Resource::PERMISSION);
    Endpoint::new(at, needs, &[401, 403], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
}

/// Something that can be done.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Action")]
struct ActionName {
    name: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct ActionCollection {
    actions: Vec<ActionName>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<ActionCollection>, Failure> {
    let page = Page::v1(call.query.limit, call.query.offset);
    let found = Paged::of(Action::ALL.to_vec(), page);
    let (actions, total_entries) = found.map(|action| ActionName {
        name: action.as_str(),
    });
    Ok(Json(ActionCollection {
        actions,
        total_entries,
    }))
}
