//! `POST /pools`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{PoolBody, PoolResponse};
use crate::access::Needs;
use crate::call::{Call, Created, Json, Nothing};
use crate::domain::pools;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Create, Resource::POOL);
    Endpoint::new(
        At(Method::POST, "/pools", "post_pool"),
        needs,
        &[401, 403, 409, 422],
        post,
    )
}

async fn post(call: Call<Nothing, Nothing, Json<PoolBody>>) -> Result<Created<PoolResponse>, Failure> {
    let Json(body) = &call.body;
    Ok(Created(pools::create(&call.actor(), body.pool()).await?.into()))
}
