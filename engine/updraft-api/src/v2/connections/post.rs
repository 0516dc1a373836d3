//! `POST /connections`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ConnectionBody, ConnectionResponse};
use crate::access::Needs;
use crate::call::{Call, Created, Json, Nothing};
use crate::domain::connections;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Create, Resource::CONNECTION);
    let at = At(Method::POST, "/connections", "post_connection");
    Endpoint::new(at, needs, &[401, 403, 409, 422], post)
}

async fn post(
    call: Call<Nothing, Nothing, Json<ConnectionBody>>,
) -> Result<Created<ConnectionResponse>, Failure> {
    let Json(body) = &call.body;
    let connection = body.connection();
    connections::create(&call.actor(), &body.connection_id, &connection).await?;
    Ok(Created(ConnectionResponse::of(
        body.connection_id.clone(),
        connection,
    )))
}
