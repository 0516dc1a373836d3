//! `DELETE /roles/{role_name}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::ByName;
use crate::access::Needs;
use crate::call::{Call, NoContent, Nothing};
use crate::domain::roles;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::DELETE, "/roles/{role_name}", "delete_role");
    let needs = Needs::Resource(Action::Delete, Resource::ROLE);
    Endpoint::new(at, needs, &[400, 401, 403, 404], delete)
}

async fn delete(call: Call<ByName, Nothing>) -> Result<NoContent, Failure> {
    roles::delete(&call.actor(), &call.path.role_name).await?;
    Ok(NoContent)
}
