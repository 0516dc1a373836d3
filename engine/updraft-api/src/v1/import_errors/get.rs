//! `GET /importErrors/{import_error_id}`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};

use super::ImportError;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::import_errors;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/importErrors/{import_error_id}", "get_import_error");
    let needs = Needs::Resource(Action::Read, Resource::IMPORT_ERROR);
    Endpoint::new(at, needs, &[401, 403, 404], get)
}

#[derive(Deserialize, JsonSchema)]
struct ByNumber {
    import_error_id: i64,
}

async fn get(call: Call<ByNumber, Nothing>) -> Result<Json<ImportError>, Failure> {
    let found = import_errors::get((&call.api, &call.identity), call.path.import_error_id).await?;
    Ok(Json(found.into()))
}
