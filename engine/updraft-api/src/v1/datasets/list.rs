//! `GET /datasets`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_model::DagId;
use updraft_store::{AssetListFilter, TextLike};

use super::Dataset;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::assets;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::ASSET);
    Endpoint::new(
        At(Method::GET, "/datasets", "get_datasets"),
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
    uri_pattern: Option<String>,
    /// Ids of DAGs, separated by commas.
    dag_ids: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct DatasetCollection {
    datasets: Vec<Dataset>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<DatasetCollection>, Failure> {
    let query = call.query;
    let page = Page::v1(query.limit, query.offset);
    let paging = Order::paging(query.order_by.as_slice(), &assets::COLUMNS, page)?;
    // What is no id is none of a DAG.
    let ids = |text: String| {
        text.split(',')
            .filter_map(|id| DagId::parse(id.trim()).ok())
            .collect()
    };
    let filter = AssetListFilter {
        uri_like: TextLike {
            pattern: query.uri_pattern,
            prefix: None,
        },
        dags: query.dag_ids.map(ids),
        only_active: true,
        ..AssetListFilter::default()
    };
    let (datasets, total_entries) = assets::list(&call.api, &filter, &paging)
        .await?
        .map(Dataset::from);
    Ok(Json(DatasetCollection {
        datasets,
        total_entries,
    }))
}
