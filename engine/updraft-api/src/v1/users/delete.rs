//! `DELETE /users/{username}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::ByName;
use crate::access::Needs;
use crate::call::{Call, NoContent, Nothing};
use crate::domain::users;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::DELETE, "/users/{username}", "delete_user");
    let needs = Needs::Resource(Action::Delete, Resource::USER);
    Endpoint::new(at, needs, &[400, 401, 403, 404], delete)
}

async fn delete(call: Call<ByName, Nothing>) -> Result<NoContent, Failure> {
    users::delete(&call.actor(), &call.path.username).await?;
    Ok(NoContent)
}
