//! `POST /pools`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_model::Pool;

use super::PoolResponse;
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

/// What a pool is to have. There are no teams here.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PoolBody {
    name: String,
    slots: i32,
    description: Option<String>,
    #[serde(default)]
    include_deferred: bool,
    #[expect(dead_code, reason = "accepted for Airflow's sake: there are no teams here")]
    team_name: Option<String>,
}

async fn post(call: Call<Nothing, Nothing, Json<PoolBody>>) -> Result<Created<PoolResponse>, Failure> {
    let Json(body) = &call.body;
    let pool = Pool {
        name: body.name.clone(),
        slots: body.slots,
        description: body.description.clone().unwrap_or_default(),
        include_deferred: body.include_deferred,
    };
    Ok(Created(pools::create(&call.actor(), pool).await?.into()))
}
