//! `GET /importErrors`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::ImportErrorFilter;

use super::ImportErrorResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::import_errors;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page, Paged};
use crate::v2::dags::BUNDLE;
use crate::v2::or_default;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/importErrors", "get_import_errors");
    let needs = Needs::Resource(Action::Read, Resource::IMPORT_ERROR);
    Endpoint::new(at, needs, &[401, 403, 422], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default)]
    order_by: Vec<String>,
    filename_pattern: Option<String>,
    filename_prefix_pattern: Option<String>,
    filename: Option<String>,
    bundle_name: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct ImportErrorCollectionResponse {
    import_errors: Vec<ImportErrorResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<ImportErrorCollectionResponse>, Failure> {
    let query = call.query;
    let page = Page::v2(query.limit, query.offset);
    let paging = Order::paging(&or_default(query.order_by, "id"), &import_errors::COLUMNS, page)?;
    // There is one folder that DAGs come from.
    let found = if query.bundle_name.is_some_and(|name| name != BUNDLE) {
        Paged::of(Vec::new(), page)
    } else {
        let filter = ImportErrorFilter {
            filename: query.filename,
            filename_pattern: query.filename_pattern,
            filename_prefix: query.filename_prefix_pattern,
            ..ImportErrorFilter::default()
        };
        import_errors::list((&call.api, &call.identity), filter, &paging).await?
    };
    let (import_errors, total_entries) = found.map(ImportErrorResponse::from);
    Ok(Json(ImportErrorCollectionResponse {
        import_errors,
        total_entries,
    }))
}
