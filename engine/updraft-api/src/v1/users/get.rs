//! `GET /users/{username}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ByName, UserCollectionItem};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::users;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/users/{username}", "get_user");
    Endpoint::new(
        at,
        Needs::Resource(Action::Read, Resource::USER),
        &[401, 403, 404],
        get,
    )
}

async fn get(call: Call<ByName, Nothing>) -> Result<Json<UserCollectionItem>, Failure> {
    Ok(Json(users::get(&call.api, &call.path.username).await?.into()))
}
