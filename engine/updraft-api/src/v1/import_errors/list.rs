//! `GET /importErrors`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::ImportErrorFilter;

use super::ImportError;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::import_errors;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/importErrors", "get_import_errors");
    let needs = Needs::Resource(Action::Read, Resource::IMPORT_ERROR);
    Endpoint::new(at, needs, &[401, 403], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    order_by: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct ImportErrorCollection {
    import_errors: Vec<ImportError>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<ImportErrorCollection>, Failure> {
    let page = Page::v1(call.query.limit, call.query.offset);
    let paging = Order::paging(call.query.order_by.as_slice(), &import_errors::COLUMNS, page)?;
    let found =
        import_errors::list((&call.api, &call.identity), ImportErrorFilter::default(), &paging).await?;
    let (import_errors, total_entries) = found.map(ImportError::from);
    Ok(Json(ImportErrorCollection {
        import_errors,
        total_entries,
    }))
}
