//! `/connections`. Passwords are written and never read; what an extra holds of secrets is hidden.

mod delete;
mod get;
mod list;
mod patch;
mod post;
mod test;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::connections::shown_extra;
use crate::endpoint::Endpoint;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        list::endpoint(),
        post::endpoint(),
        get::endpoint(),
        patch::endpoint(),
        delete::endpoint(),
        test::endpoint(),
    ]
}

/// Which connection.
#[derive(Deserialize, JsonSchema)]
struct ById {
    connection_id: String,
}

/// A connection without its password.
#[derive(Serialize, JsonSchema)]
struct Connection {
    connection_id: String,
    conn_type: String,
    description: Option<String>,
    host: Option<String>,
    login: Option<String>,
    schema: Option<String>,
    port: Option<u16>,
    extra: Option<String>,
}

impl Connection {
    fn of(connection_id: String, connection: updraft_secrets::Connection) -> Self {
        Self {
            connection_id,
            conn_type: connection.conn_type.unwrap_or_default(),
            description: connection.description,
            host: connection.host,
            login: connection.login,
            schema: connection.schema,
            port: connection.port,
            extra: shown_extra(connection.extra.as_deref()),
        }
    }
}

/// What a connection is to have.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConnectionBody {
    connection_id: Option<String>,
    conn_type: Option<String>,
    description: Option<String>,
    host: Option<String>,
    login: Option<String>,
    schema: Option<String>,
    port: Option<u16>,
    password: Option<String>,
    extra: Option<String>,
}
