//! `POST /connections`.

use axum::http::Method;
use updraft_auth::{Action, Resource};
use updraft_secrets::Connection as Secret;

use super::{Connection, ConnectionBody};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::connections;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Create, Resource::CONNECTION);
    Endpoint::new(
        At(Method::POST, "/connections", "post_connection"),
        needs,
        &[400, 401, 403],
        post,
    )
}

async fn post(call: Call<Nothing, Nothing, Json<ConnectionBody>>) -> Result<Json<Connection>, Failure> {
    let actor = call.actor();
    let Json(body) = &call.body;
    let (Some(id), Some(conn_type)) = (&body.connection_id, &body.conn_type) else {
        return Err(Failure::body("`connection_id` and `conn_type` are required"));
    };
    let connection = Secret {
        conn_type: Some(conn_type.clone()),
        description: body.description.clone(),
        host: body.host.clone(),
        login: body.login.clone(),
        password: body.password.clone(),
        schema: body.schema.clone(),
        port: body.port,
        extra: body.extra.clone(),
    };
    connections::create(&actor, id, &connection).await?;
    Ok(Json(Connection::of(id.clone(), connection)))
}
