//! `PATCH /connections/{connection_id}`: replaces a connection, or the fields that `update_mask` names.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ById, ConnectionBody, ConnectionResponse};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::connections;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::Mask;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/connections/{connection_id}", "patch_connection");
    let needs = Needs::Resource(Action::Edit, Resource::CONNECTION);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 422], patch)
}

async fn patch(call: Call<ById, Mask, Json<ConnectionBody>>) -> Result<Json<ConnectionResponse>, Failure> {
    let (Json(body), mask, id) = (&call.body, &call.query, &call.path.connection_id);
    if body.connection_id != *id {
        return Err(Failure::BadRequest(
            "The connection_id in the request body does not match the URL parameter".to_owned(),
        ));
    }
    let known = connections::get(&call.api, id).await?;
    let connection = body.over(known, mask);
    connections::set(&call.actor(), id, &connection).await?;
    Ok(Json(ConnectionResponse::of(id.clone(), connection)))
}
