//! `GET /pools/{pool_name}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ByName, PoolResponse};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::pools;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/pools/{pool_name}", "get_pool");
    Endpoint::new(
        at,
        Needs::Resource(Action::Read, Resource::POOL),
        &[401, 403, 404, 422],
        get,
    )
}

async fn get(call: Call<ByName, Nothing>) -> Result<Json<PoolResponse>, Failure> {
    Ok(Json(pools::get(&call.api, &call.path.pool_name).await?.into()))
}
