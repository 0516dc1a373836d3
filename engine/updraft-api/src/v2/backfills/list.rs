//! `GET /backfills`: those of one DAG.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::BackfillResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::backfills;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page, Paged};
use crate::v2::or_default;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/backfills", "list_backfills");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[401, 403, 422], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    dag_id: String,
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default)]
    order_by: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct BackfillCollectionResponse {
    backfills: Vec<BackfillResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<BackfillCollectionResponse>, Failure> {
    let query = call.query;
    let page = Page::v2(query.limit, query.offset);
    let paging = Order::paging(&or_default(query.order_by, "id"), &backfills::COLUMNS, page)?;
    let found = backfills::list((&call.api, &call.identity), &query.dag_id, &paging).await;
    let (backfills, total_entries) = Paged::or_empty(found)?.map(BackfillResponse::from);
    Ok(Json(BackfillCollectionResponse {
        backfills,
        total_entries,
    }))
}
