//! `GET /version`, which needs no login.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    Endpoint::new(
        At(Method::GET, "/version", "get_version"),
        Needs::Nothing,
        &[],
        get,
    )
}

/// The version of this program.
#[derive(Serialize, JsonSchema)]
struct VersionInfo {
    version: &'static str,
    git_version: Option<&'static str>,
}

async fn get(call: Call<Nothing, Nothing>) -> Result<Json<VersionInfo>, Failure> {
    Ok(Json(VersionInfo {
        version: call.api.parts().version,
        git_version: None,
    }))
}
