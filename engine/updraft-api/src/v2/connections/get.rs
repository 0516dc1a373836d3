//! `GET /connections/{connection_id}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ById, ConnectionResponse};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::connections;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/connections/{connection_id}", "get_connection");
    Endpoint::new(
        at,
        Needs::Resource(Action::Read, Resource::CONNECTION),
        &[401, 403, 404, 422],
        get,
    )
}

async fn get(call: Call<ById, Nothing>) -> Result<Json<ConnectionResponse>, Failure> {
    let found = connections::get(&call.api, &call.path.connection_id).await?;
    Ok(Json(ConnectionResponse::of(call.path.connection_id, found)))
}
