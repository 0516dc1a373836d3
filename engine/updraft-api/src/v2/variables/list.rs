//! `GET /variables`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::VariableResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::search::Search;
use crate::domain::variables;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};
use crate::v2::or_default;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::VARIABLE);
    Endpoint::new(
        At(Method::GET, "/variables", "get_variables"),
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
    variable_key_pattern: Option<String>,
    variable_key_prefix_pattern: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct VariableCollectionResponse {
    variables: Vec<VariableResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<VariableCollectionResponse>, Failure> {
    let query = call.query;
    let orders = Order::parse(&or_default(query.order_by, "id"), &variables::COLUMNS)?;
    let search = Search {
        pattern: query.variable_key_pattern,
        prefix: query.variable_key_prefix_pattern,
    };
    let page = Page::v2(query.limit, query.offset);
    let found = variables::list(&call.api, &search, &orders, page).await?;
    let (variables, total_entries) = found.map(VariableResponse::from);
    Ok(Json(VariableCollectionResponse {
        variables,
        total_entries,
    }))
}
