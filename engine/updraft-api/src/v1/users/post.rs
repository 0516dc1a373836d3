//! `POST /users`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{UserBody, UserCollectionItem};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::users;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Create, Resource::USER);
    Endpoint::new(
        At(Method::POST, "/users", "post_user"),
        needs,
        &[400, 401, 403, 409],
        post,
    )
}

async fn post(call: Call<Nothing, Nothing, Json<UserBody>>) -> Result<Json<UserCollectionItem>, Failure> {
    let (call, Json(body)) = call.take_body();
    Ok(Json(users::create(&call.actor(), body.into()).await?.into()))
}
