//! `GET /datasets/events`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::AssetEventListFilter;

use super::DatasetEvent;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::assets;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/datasets/events", "get_dataset_events");
    Endpoint::new(
        at,
        Needs::Resource(Action::Read, Resource::ASSET),
        &[401, 403, 404],
        list,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    order_by: Option<String>,
    dataset_id: Option<i64>,
    source_dag_id: Option<String>,
    source_task_id: Option<String>,
    source_run_id: Option<String>,
    source_map_index: Option<i32>,
}

#[derive(Serialize, JsonSchema)]
struct DatasetEventCollection {
    dataset_events: Vec<DatasetEvent>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<DatasetEventCollection>, Failure> {
    let query = call.query;
    let page = Page::v1(query.limit, query.offset);
    let paging = Order::paging(query.order_by.as_slice(), &assets::EVENT_COLUMNS, page)?;
    let filter = AssetEventListFilter {
        asset_id: query.dataset_id,
        source_dag_id: query.source_dag_id,
        source_task_id: query.source_task_id,
        source_run_id: query.source_run_id,
        source_map_index: query.source_map_index,
        ..AssetEventListFilter::default()
    };
    let found = assets::events(&call.api, filter, paging).await?;
    let (dataset_events, total_entries) = found.map(DatasetEvent::from);
    Ok(Json(DatasetEventCollection {
        dataset_events,
        total_entries,
    }))
}
