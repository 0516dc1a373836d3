//! `GET /variables`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::Variable;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::search::Search;
use crate::domain::variables;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::VARIABLE);
    Endpoint::new(
        At(Method::GET, "/variables", "get_variables"),
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
struct VariableCollection {
    variables: Vec<Variable>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<VariableCollection>, Failure> {
    let orders = Order::parse(call.query.order_by.as_slice(), &variables::COLUMNS)?;
    let page = Page::v1(call.query.limit, call.query.offset);
    let found = variables::list(&call.api, &Search::default(), &orders, page).await?;
    let (variables, total_entries) = found.map(Variable::from);
    Ok(Json(VariableCollection {
        variables,
        total_entries,
    }))
}
