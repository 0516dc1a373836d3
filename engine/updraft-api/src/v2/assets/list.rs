//! `GET /assets`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_model::DagId;
use updraft_store::{AssetListFilter, TextLike};

use super::AssetResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::assets;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page, flag};
use crate::v2::or_default;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::ASSET);
    Endpoint::new(
        At(Method::GET, "/assets", "get_assets"),
        needs,
        &[401, 403, 404, 422],
        list,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    name_pattern: Option<String>,
    name_prefix_pattern: Option<String>,
    uri_pattern: Option<String>,
    uri_prefix_pattern: Option<String>,
    #[serde(default)]
    dag_ids: Vec<String>,
    #[serde(default, deserialize_with = "flag")]
    only_active: Option<bool>,
    #[serde(default)]
    order_by: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct AssetCollectionResponse {
    assets: Vec<AssetResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<AssetCollectionResponse>, Failure> {
    let query = call.query;
    let page = Page::v2(query.limit, query.offset);
    let paging = Order::paging(&or_default(query.order_by, "id"), &assets::COLUMNS, page)?;
    // What is no id is none of a DAG.
    let ids = query
        .dag_ids
        .iter()
        .filter_map(|id| DagId::parse(id).ok())
        .collect();
    let filter = AssetListFilter {
        uri_like: TextLike {
            pattern: query.uri_pattern,
            prefix: query.uri_prefix_pattern,
        },
        name_like: TextLike {
            pattern: query.name_pattern,
            prefix: query.name_prefix_pattern,
        },
        dags: (!query.dag_ids.is_empty()).then_some(ids),
        only_active: query.only_active.unwrap_or(true),
        ..AssetListFilter::default()
    };
    let (assets, total_entries) = assets::list(&call.api, &filter, &paging)
        .await?
        .map(AssetResponse::from);
    Ok(Json(AssetCollectionResponse {
        assets,
        total_entries,
    }))
}
