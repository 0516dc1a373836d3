//! `PATCH /users/{username}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ByName, UserBody, UserCollectionItem};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::users::{self, Wanted};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v1::mask::Mask;

/// What of a user can be changed.
const FIELDS: [&str; 6] = [
    "username",
    "email",
    "first_name",
    "last_name",
    "roles",
    "password",
];

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/users/{username}", "patch_user");
    let needs = Needs::Resource(Action::Edit, Resource::USER);
    Endpoint::new(at, needs, &[400, 401, 403, 404], patch)
}

async fn patch(call: Call<ByName, Mask, Json<UserBody>>) -> Result<Json<UserCollectionItem>, Failure> {
    let (call, Json(body)) = call.take_body();
    let mask = &call.query;
    mask.demand(&FIELDS)?;
    let body = Wanted::from(body);
    let wanted = Wanted {
        username: body.username.filter(|_| mask.covers("username")),
        email: body.email.filter(|_| mask.covers("email")),
        first_name: body.first_name.filter(|_| mask.covers("first_name")),
        last_name: body.last_name.filter(|_| mask.covers("last_name")),
        roles: body.roles.filter(|_| mask.covers("roles")),
        password: body.password.filter(|_| mask.covers("password")),
    };
    Ok(Json(
        users::update(&call.actor(), &call.path.username, wanted)
            .await?
            .into(),
    ))
}
