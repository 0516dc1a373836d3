//! `GET /assets/{asset_id}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{AssetResponse, ByNumber};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::assets;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/assets/{asset_id}", "get_asset");
    let needs = Needs::Resource(Action::Read, Resource::ASSET);
    Endpoint::new(at, needs, &[401, 403, 404, 422], get)
}

async fn get(call: Call<ByNumber, Nothing>) -> Result<Json<AssetResponse>, Failure> {
    Ok(Json(assets::get(&call.api, call.path.asset_id).await?.into()))
}
