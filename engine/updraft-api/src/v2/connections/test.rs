//! `POST /connections/test`: tries a connection that need not be stored.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use updraft_auth::{Action, Resource};

use super::ConnectionBody;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::connection_tests;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::POST, "/connections/test", "test_connection");
    let needs = Needs::Resource(Action::Create, Resource::CONNECTION);
    Endpoint::new(at, needs, &[401, 403, 422], test)
}

/// Whether a connection can be used.
#[derive(Serialize, JsonSchema)]
struct ConnectionTestResponse {
    status: bool,
    message: String,
}

async fn test(
    call: Call<Nothing, Nothing, Json<ConnectionBody>>,
) -> Result<Json<ConnectionTestResponse>, Failure> {
    let (call, Json(body)) = call.take_body();
    let connection = body.connection();
    let outcome = connection_tests::test(&call.actor(), &body.connection_id, &connection).await?;
    Ok(Json(ConnectionTestResponse {
        status: outcome.is_usable,
        message: outcome.message,
    }))
}
