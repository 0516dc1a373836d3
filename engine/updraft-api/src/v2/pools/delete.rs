//! `DELETE /pools/{pool_name}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::ByName;
use crate::access::Needs;
use crate::call::{Call, NoContent, Nothing};
use crate::domain::pools;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::DELETE, "/pools/{pool_name}", "delete_pool");
    Endpoint::new(
        at,
        Needs::Resource(Action::Delete, Resource::POOL),
        &[400, 401, 403, 404, 422],
        delete,
    )
}

async fn delete(call: Call<ByName, Nothing>) -> Result<NoContent, Failure> {
    pools::delete(&call.actor(), &call.path.pool_name).await?;
    Ok(NoContent)
}
