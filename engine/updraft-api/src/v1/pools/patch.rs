//! `PATCH /pools/{pool_name}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};
use updraft_model::Pool as ModelPool;

use super::{ByName, Pool, PoolBody};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::pools;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v1::mask::Mask;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/pools/{pool_name}", "patch_pool");
    let needs = Needs::Resource(Action::Edit, Resource::POOL);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 409], patch)
}

async fn patch(call: Call<ByName, Mask, Json<PoolBody>>) -> Result<Json<Pool>, Failure> {
    let (Json(body), mask) = (&call.body, &call.query);
    mask.demand(&["name", "slots", "description", "include_deferred"])?;
    let known = pools::get(&call.api, &call.path.pool_name).await?.pool;
    if body
        .name
        .as_ref()
        .is_some_and(|name| mask.covers("name") && *name != known.name)
    {
        return Err(Failure::BadRequest(
            "the name of a pool is not changed: tasks name it; make another pool".to_owned(),
        ));
    }
    let pool = ModelPool {
        slots: body.slots.filter(|_| mask.covers("slots")).unwrap_or(known.slots),
        description: body
            .description
            .clone()
            .filter(|_| mask.covers("description"))
            .unwrap_or(known.description),
        include_deferred: body
            .include_deferred
            .filter(|_| mask.covers("include_deferred"))
            .unwrap_or(known.include_deferred),
        name: known.name,
    };
    Ok(Json(pools::set(&call.actor(), pool).await?.into()))
}
