//! `GET /assets/events`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::{AssetEventListFilter, TextLike, TimeBounds};

use super::AssetEventResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::assets;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};
use crate::time::Given;
use crate::v2::or_default;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/assets/events", "get_asset_events");
    let needs = Needs::Resource(Action::Read, Resource::ASSET);
    Endpoint::new(at, needs, &[401, 403, 404, 422], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default)]
    order_by: Vec<String>,
    asset_id: Option<i64>,
    source_dag_id: Option<String>,
    source_task_id: Option<String>,
    source_run_id: Option<String>,
    source_map_index: Option<i32>,
    name_pattern: Option<String>,
    name_prefix_pattern: Option<String>,
    timestamp_gte: Option<Given>,
    timestamp_gt: Option<Given>,
    timestamp_lte: Option<Given>,
    timestamp_lt: Option<Given>,
}

#[derive(Serialize, JsonSchema)]
struct AssetEventCollectionResponse {
    asset_events: Vec<AssetEventResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<AssetEventCollectionResponse>, Failure> {
    let query = call.query;
    let page = Page::v2(query.limit, query.offset);
    let paging = Order::paging(
        &or_default(query.order_by, "timestamp"),
        &assets::EVENT_COLUMNS,
        page,
    )?;
    let filter = AssetEventListFilter {
        event_id: None,
        asset_id: query.asset_id,
        source_dag_id: query.source_dag_id,
        source_task_id: query.source_task_id,
        source_run_id: query.source_run_id,
        source_map_index: query.source_map_index,
        name_like: TextLike {
            pattern: query.name_pattern,
            prefix: query.name_prefix_pattern,
        },
        happened: TimeBounds {
            from: query.timestamp_gte.map(|given| given.0),
            after: query.timestamp_gt.map(|given| given.0),
            until: query.timestamp_lte.map(|given| given.0),
            before: query.timestamp_lt.map(|given| given.0),
        },
    };
    let found = assets::events(&call.api, filter, paging).await?;
    let (asset_events, total_entries) = found.map(AssetEventResponse::from);
    Ok(Json(AssetEventCollectionResponse {
        asset_events,
        total_entries,
    }))
}
