//! `GET /datasets/{uri}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ByUri, Dataset};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::assets;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/datasets/{uri}", "get_dataset");
    Endpoint::new(
        at,
        Needs::Resource(Action::Read, Resource::ASSET),
        &[401, 403, 404],
        get,
    )
}

async fn get(call: Call<ByUri, Nothing>) -> Result<Json<Dataset>, Failure> {
    Ok(Json(assets::by_uri(&call.api, &call.path.uri).await?.into()))
}
