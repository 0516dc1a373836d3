//! `/connections`: Connections.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_protocol::message::{GetConnection, ToSupervisor};

use super::operation::{Ask, AskedBy, Operation, expect_answer};
use super::refusal::Refusal;
use crate::call::{Json, Nothing};

pub(crate) fn operations() -> Vec<Operation> {
    let at = (Method::GET, "/connections/{connection_id}");
    vec![Operation::new(at, AskedBy::Attempt, &[401, 403, 404, 422], get)]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    connection_id: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConnectionResponse")]
struct ConnectionShape {
    conn_id: String,
    conn_type: String,
    host: Option<String>,
    schema: Option<String>,
    login: Option<String>,
    password: Option<String>,
    port: Option<u16>,
    extra: Option<String>,
}

async fn get(ask: Ask<Named, Nothing>) -> Result<Json<ConnectionShape>, Refusal> {
    let request = GetConnection {
        conn_id: ask.path.connection_id.clone(),
    };
    let found = expect_answer!(
        ask.engine(ToSupervisor::GetConnection(request)).await?,
        ConnectionResult
    );
    Ok(Json(ConnectionShape {
        conn_id: found.conn_id,
        conn_type: found.conn_type,
        host: found.host,
        schema: found.schema,
        login: found.login,
        password: found.password,
        port: found.port,
        extra: found.extra,
    }))
}
