//! `GET /variables/{variable_key}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ByKey, Variable};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::variables;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/variables/{variable_key}", "get_variable");
    Endpoint::new(
        at,
        Needs::Resource(Action::Read, Resource::VARIABLE),
        &[401, 403, 404],
        get,
    )
}

async fn get(call: Call<ByKey, Nothing>) -> Result<Json<Variable>, Failure> {
    let found = variables::get(&call.api, &call.path.variable_key).await?;
    Ok(Json(found.into()))
}
