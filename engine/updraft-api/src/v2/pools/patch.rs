//! `PATCH /pools/{pool_name}`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_model::Pool;

use super::{ByName, PoolResponse};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::pools;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::Mask;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/pools/{pool_name}", "patch_pool");
    let needs = Needs::Resource(Action::Edit, Resource::POOL);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 422], patch)
}

/// What of a pool is to change. There are no teams here.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PoolPatchBody {
    pool: Option<String>,
    slots: Option<i32>,
    description: Option<String>,
    include_deferred: Option<bool>,
    #[expect(dead_code, reason = "accepted for Airflow's sake: there are no teams here")]
    team_name: Option<String>,
}

async fn patch(call: Call<ByName, Mask, Json<PoolPatchBody>>) -> Result<Json<PoolResponse>, Failure> {
    let (Json(body), mask, name) = (&call.body, &call.query, &call.path.pool_name);
    if body.pool.as_ref().is_some_and(|other| other != name) {
        return Err(Failure::BadRequest(
            "Invalid body, pool name from request body doesn't match uri parameter".to_owned(),
        ));
    }
    let known = pools::get(&call.api, name).await?.pool;
    let pool = Pool {
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
