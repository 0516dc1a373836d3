//! `DELETE /connections/{connection_id}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::ById;
use crate::access::Needs;
use crate::call::{Call, NoContent, Nothing};
use crate::domain::connections;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::DELETE,
        "/connections/{connection_id}",
        "delete_connection",
    );
    let needs = Needs::Resource(Action::Delete, Resource::CONNECTION);
    Endpoint::new(at, needs, &[400, 401, 403, 404], delete)
}

async fn delete(call: Call<ById, Nothing>) -> Result<NoContent, Failure> {
    connections::delete(&call.actor(), &call.path.connection_id).await?;
    Ok(NoContent)
}
