//! `/connections`. Passwords are written and never read; what an extra holds of secrets is hidden.

mod bulk;
mod defaults;
mod delete;
mod enqueue_test;
mod get;
mod list;
mod patch;
mod post;
mod test;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_secrets::Connection;

use crate::domain::connections::{HIDDEN, shown_extra};
use crate::endpoint::Endpoint;
use crate::v2::Mask;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = vec![
        list::endpoint(),
        post::endpoint(),
        get::endpoint(),
        patch::endpoint(),
        delete::endpoint(),
        test::endpoint(),
        bulk::endpoint(),
        defaults::endpoint(),
    ];
    endpoints.extend(enqueue_test::endpoints());
    endpoints
}

/// Which connection.
#[derive(Deserialize, JsonSchema)]
struct ById {
    connection_id: String,
}

/// A connection. That there is a password is shown, and not which.
#[derive(Serialize, JsonSchema)]
struct ConnectionResponse {
    connection_id: String,
    conn_type: String,
    description: Option<String>,
    host: Option<String>,
    login: Option<String>,
    schema: Option<String>,
    port: Option<u16>,
    password: Option<String>,
    extra: Option<String>,
    team_name: Option<String>,
}

impl ConnectionResponse {
    fn of(connection_id: String, connection: Connection) -> Self {
        let has_password = connection.password.is_some_and(|password| !password.is_empty());
        Self {
            connection_id,
            conn_type: connection.conn_type.unwrap_or_default(),
            description: connection.description,
            host: connection.host,
            login: connection.login,
            schema: connection.schema,
            port: connection.port,
            password: has_password.then(|| HIDDEN.to_owned()),
            extra: shown_extra(connection.extra.as_deref()),
            team_name: None,
        }
    }
}

/// What a connection is to have. There are no teams here.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConnectionBody {
    connection_id: String,
    conn_type: String,
    description: Option<String>,
    host: Option<String>,
    login: Option<String>,
    schema: Option<String>,
    port: Option<u16>,
    password: Option<String>,
    extra: Option<String>,
    #[expect(dead_code, reason = "accepted for Airflow's sake: there are no teams here")]
    team_name: Option<String>,
}

impl ConnectionBody {
    /// What it says.
    fn connection(&self) -> Connection {
        Connection {
            conn_type: Some(self.conn_type.clone()),
            description: self.description.clone(),
            host: self.host.clone(),
            login: self.login.clone(),
            password: self.password.clone(),
            schema: self.schema.clone(),
            port: self.port,
            extra: self.extra.clone(),
        }
    }

    /// A connection with the fields of this one that are to be changed.
    fn over(&self, mut connection: Connection, mask: &Mask) -> Connection {
        let wanted = self.connection();
        let texts = [
            ("conn_type", wanted.conn_type, &mut connection.conn_type),
            ("description", wanted.description, &mut connection.description),
            ("host", wanted.host, &mut connection.host),
            ("login", wanted.login, &mut connection.login),
            ("schema", wanted.schema, &mut connection.schema),
            ("password", wanted.password, &mut connection.password),
            ("extra", wanted.extra, &mut connection.extra),
        ];
        for (name, new, field) in texts {
            // What was hidden when it was read is sent back as it was shown, and means the secret that is there.
            if mask.covers(name) && new.as_deref() != Some(HIDDEN) {
                *field = new;
            }
        }
        if mask.covers("port") {
            connection.port = wanted.port;
        }
        connection
    }
}
