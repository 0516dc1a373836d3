//! `POST /pools`.

use axum::http::Method;
use updraft_auth::{Action, Resource};
use updraft_model::Pool as ModelPool;

use super::{Pool, PoolBody};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::pools;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Create, Resource::POOL);
    Endpoint::new(
        At(Method::POST, "/pools", "post_pool"),
        needs,
        &[400, 401, 403],
        post,
    )
}

async fn post(call: Call<Nothing, Nothing, Json<PoolBody>>) -> Result<Json<Pool>, Failure> {
    let Json(body) = &call.body;
    let (Some(name), Some(slots)) = (&body.name, body.slots) else {
        return Err(Failure::body("`name` and `slots` are required"));
    };
    let pool = ModelPool {
        name: name.clone(),
        slots,
        description: body.description.clone().unwrap_or_default(),
        include_deferred: body.include_deferred.unwrap_or(false),
    };
    Ok(Json(pools::create(&call.actor(), pool).await?.into()))
}
