//! `PATCH /connections/{connection_id}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ById, Connection, ConnectionBody};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::connections;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v1::mask::Mask;

/// What `update_mask` may name.
const FIELDS: [&str; 9] = [
    "connection_id",
    "conn_type",
    "description",
    "host",
    "login",
    "schema",
    "port",
    "password",
    "extra",
];

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/connections/{connection_id}", "patch_connection");
    let needs = Needs::Resource(Action::Edit, Resource::CONNECTION);
    Endpoint::new(at, needs, &[400, 401, 403, 404], patch)
}

async fn patch(call: Call<ById, Mask, Json<ConnectionBody>>) -> Result<Json<Connection>, Failure> {
    let (Json(body), mask, id) = (&call.body, &call.query, &call.path.connection_id);
    mask.demand(&FIELDS)?;
    if body.connection_id.as_ref().is_some_and(|other| other != id) {
        return Err(Failure::BadRequest(
            "The connection_id cannot be updated.".to_owned(),
        ));
    }
    let mut connection = connections::get(&call.api, id).await?;
    let texts = [
        ("conn_type", &body.conn_type, &mut connection.conn_type),
        ("description", &body.description, &mut connection.description),
        ("host", &body.host, &mut connection.host),
        ("login", &body.login, &mut connection.login),
        ("schema", &body.schema, &mut connection.schema),
        ("password", &body.password, &mut connection.password),
        ("extra", &body.extra, &mut connection.extra),
    ];
    for (name, new, field) in texts {
        if new.is_some() && mask.covers(name) {
            field.clone_from(new);
        }
    }
    if body.port.is_some() && mask.covers("port") {
        connection.port = body.port;
    }
    connections::set(&call.actor(), id, &connection).await?;
    Ok(Json(Connection::of(id.clone(), connection)))
}
