//! `/assets/aliases`: other names of assets. The engine follows none, so the list is empty.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::AssetAliasResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};
use crate::v2::or_default;

const COLUMNS: [&str; 3] = ["id", "name", "group"];

pub(super) fn endpoints() -> [Endpoint; 2] {
    let needs = || Needs::Resource(Action::Read, Resource::ASSET);
    let list_at = At(Method::GET, "/assets/aliases", "get_asset_aliases");
    let get_at = At(Method::GET, "/assets/aliases/{asset_alias_id}", "get_asset_alias");
    [
        Endpoint::new(list_at, needs(), &[401, 403, 404, 422], list),
        Endpoint::new(get_at, needs(), &[401, 403, 404, 422], get),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "accepted for Airflow's sake: nothing is listed")]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    name_pattern: Option<String>,
    name_prefix_pattern: Option<String>,
    #[serde(default)]
    order_by: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
struct ByNumber {
    asset_alias_id: i64,
}

#[derive(Serialize, JsonSchema)]
struct AssetAliasCollectionResponse {
    asset_aliases: Vec<AssetAliasResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<AssetAliasCollectionResponse>, Failure> {
    let page = Page::v2(call.query.limit, call.query.offset);
    Order::paging(&or_default(call.query.order_by, "id"), &COLUMNS, page)?;
    Ok(Json(AssetAliasCollectionResponse {
        asset_aliases: Vec::new(),
        total_entries: 0,
    }))
}

async fn get(call: Call<ByNumber, Nothing>) -> Result<Json<serde_json::Value>, Failure> {
    let number = call.path.asset_alias_id;
    Err(Failure::NotFound(format!(
        "The AssetAlias with ID: `{number}` was not found"
    )))
}
