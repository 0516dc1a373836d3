//! `PATCH /roles/{role_name}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ByName, Role, RoleBody, permissions};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::roles;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v1::mask::Mask;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/roles/{role_name}", "patch_role");
    let needs = Needs::Resource(Action::Edit, Resource::ROLE);
    Endpoint::new(at, needs, &[400, 401, 403, 404], patch)
}

async fn patch(mut call: Call<ByName, Mask, Json<RoleBody>>) -> Result<Json<Role>, Failure> {
    call.query.demand(&["name", "actions"])?;
    let Json(body) = &mut call.body;
    let name = body.name.take().filter(|_| call.query.covers("name"));
    let actions = body.actions.take().filter(|_| call.query.covers("actions"));
    let changed = roles::update(
        &call.actor(),
        &call.path.role_name,
        name,
        actions.map(permissions),
    )
    .await?;
    Ok(Json(changed.into()))
}
