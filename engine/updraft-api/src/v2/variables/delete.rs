//! `DELETE /variables/{variable_key}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::ByKey;
use crate::access::Needs;
use crate::call::{Call, NoContent, Nothing};
use crate::domain::variables;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::DELETE, "/variables/{variable_key}", "delete_variable");
    Endpoint::new(
        at,
        Needs::Resource(Action::Delete, Resource::VARIABLE),
        &[401, 403, 404, 422],
        delete,
    )
}

async fn delete(call: Call<ByKey, Nothing>) -> Result<NoContent, Failure> {
    variables::delete(&call.actor(), &call.path.variable_key).await?;
    Ok(NoContent)
}
