//! `GET /roles/{role_name}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ByName, Role};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::roles;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/roles/{role_name}", "get_role");
    Endpoint::new(
        at,
        Needs::Resource(Action::Read, Resource::ROLE),
        &[401, 403, 404],
        get,
    )
}

async fn get(call: Call<ByName, Nothing>) -> Result<Json<Role>, Failure> {
    Ok(Json(roles::get(&call.api, &call.path.role_name).await?.into()))
}
