//! `GET /providers`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::installation;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::Page;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Read, Resource::PROVIDER);
    Endpoint::new(
        At(Method::GET, "/providers", "get_providers"),
        needs,
        &[401, 403, 422],
        list,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
}

/// A package that offers operators and the like.
#[derive(Serialize, JsonSchema)]
struct ProviderResponse {
    package_name: String,
    description: String,
    version: String,
    documentation_url: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct ProviderCollectionResponse {
    providers: Vec<ProviderResponse>,
    total_entries: u64,
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<ProviderCollectionResponse>, Failure> {
    let page = Page::v2(call.query.limit, call.query.offset);
    let found = installation::providers(&call.api, page).await?;
    let (providers, total_entries) = found.map(|provider| ProviderResponse {
        package_name: provider.package_name,
        description: provider.description,
        version: provider.version,
        documentation_url: None,
    });
    Ok(Json(ProviderCollectionResponse {
        providers,
        total_entries,
    }))
}
