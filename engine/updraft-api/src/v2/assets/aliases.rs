//! `/assets/aliases`: names behind which stand assets that tasks name when they succeed.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use updraft_auth::{Action, Resource};

use super::AssetAliasResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::search::Search;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Key, Order, Page, Paged};
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
    let orders = Order::parse(&or_default(call.query.order_by, "id"), &COLUMNS)?;
    let search = Search {
        pattern: call.query.name_pattern,
        prefix: call.query.name_prefix_pattern,
    };
    let mut found = call.api.store().asset_aliases(None).await?;
    found.retain(|row| search.finds(&row.alias.name));
    Order::sort(&orders, &mut found, |row, column| match column {
        "name" => Key::Text(Some(row.alias.name.clone())),
        "group" => Key::Text(Some(row.alias.group.clone())),
        _ => Key::Number(Some(row.alias_id)),
    });
    let (asset_aliases, total_entries) = Paged::of(found, page).map(|row| (row.alias_id, row.alias).into());
    Ok(Json(AssetAliasCollectionResponse {
        asset_aliases,
        total_entries,
    }))
}

/// Airflow's document does not say what this answers; it is one of the list.
async fn get(call: Call<ByNumber, Nothing>) -> Result<Json<Value>, Failure> {
    let number = call.path.asset_alias_id;
    let found = call.api.store().asset_aliases(None).await?;
    let alias = found.into_iter().find(|row| row.alias_id == number);
    alias
        .map(|row| Json(json!(AssetAliasResponse::from((row.alias_id, row.alias)))))
        .ok_or_else(|| Failure::NotFound(format!("The AssetAlias with ID: `{number}` was not found")))
}
