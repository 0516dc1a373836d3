//! `GET /providers`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
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
        &[401, 403],
        list,
    )
}

/// A package that offers operators and the like.
#[derive(Serialize, JsonSchema)]
struct Provider {
    package_name: String,
    description: String,
    version: String,
}

#[derive(Serialize, JsonSchema)]
struct ProviderCollection {
    providers: Vec<Provider>,
    total_entries: u64,
}

/// All there are: this operation has no pages.
async fn list(call: Call<Nothing, Nothing>) -> Result<Json<ProviderCollection>, Failure> {
    let all = Page {
        limit: u32::MAX,
        offset: 0,
    };
    let found = installation::providers(&call.api, all).await?;
    let (providers, total_entries) = found.map(|provider| Provider {
        package_name: provider.package_name,
        description: provider.description,
        version: provider.version,
    });
    Ok(Json(ProviderCollection {
        providers,
        total_entries,
    }))
}
