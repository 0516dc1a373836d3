//! `POST /connections/test`: tries a connection that need not be stored.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use updraft_auth::{Action, Resource};
use updraft_secrets::Connection;

use super::ConnectionBody;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::connection_tests;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::POST, "/connections/test", "test_connection");
    let needs = Needs::Resource(Action::Create, Resource::CONNECTION);
    Endpoint::new(at, needs, &[400, 401, 403, 404], test)
}

/// Whether a connection can be used.
#[derive(Serialize, JsonSchema)]
struct ConnectionTest {
    status: bool,
    message: String,
}

async fn test(call: Call<Nothing, Nothing, Json<ConnectionBody>>) -> Result<Json<ConnectionTest>, Failure> {
    let (call, Json(body)) = call.take_body();
    let (Some(id), Some(conn_type)) = (body.connection_id, body.conn_type) else {
        return Err(Failure::body("`connection_id` and `conn_type` are required"));
    };
    let connection = Connection {
        conn_type: Some(conn_type),
        description: body.description,
        host: body.host,
        login: body.login,
        password: body.password,
        schema: body.schema,
        port: body.port,
        extra: body.extra,
    };
    let outcome = connection_tests::test(&call.actor(), &id, &connection).await?;
    Ok(Json(ConnectionTest {
        status: outcome.is_usable,
        message: outcome.message,
    }))
}
