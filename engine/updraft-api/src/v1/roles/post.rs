//! `POST /roles`.

use axum::http::Method;
use updraft_auth::{Action, Resource};
use updraft_store::RoleRow;

use super::{Role, RoleBody, permissions};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::roles;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Create, Resource::ROLE);
    Endpoint::new(
        At(Method::POST, "/roles", "post_role"),
        needs,
        &[400, 401, 403],
        post,
    )
}

async fn post(mut call: Call<Nothing, Nothing, Json<RoleBody>>) -> Result<Json<Role>, Failure> {
    let Json(body) = &mut call.body;
    let Some(name) = body.name.take() else {
        return Err(Failure::body("`name` is required"));
    };
    let role = RoleRow {
        name,
        permissions: permissions(body.actions.take().unwrap_or_default()),
    };
    Ok(Json(roles::create(&call.actor(), role).await?.into()))
}
