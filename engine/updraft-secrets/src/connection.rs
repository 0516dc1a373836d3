//! One connection: where an outside system is and how to log in there.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::connection_uri;
use crate::python_json;

/// A connection as Airflow has it. A field that was not given is `None`; from a URI, host and schema are then empty.
///
/// `FromStr` reads what `AIRFLOW_CONN_*` holds: JSON if it begins with `{`, else a URI.
///
/// ```
/// use updraft_secrets::Connection;
///
/// let connection: Connection = "postgresql://me:s%40fe@db:5432/app?sslmode=require".parse()?;
/// assert_eq!(connection.conn_type.as_deref(), Some("postgres"));
/// assert_eq!(connection.password.as_deref(), Some("s@fe"));
/// assert_eq!(connection.extra.as_deref(), Some(r#"{"sslmode": "require"}"#));
/// # Ok::<(), updraft_secrets::ConnectionError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Connection {
    /// The kind of system, such as `postgres` or `http`; `-` becomes `_`, and `postgresql` becomes `postgres`.
    pub conn_type: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Host name or address; may begin with a protocol, as in `https://example.com`.
    pub host: Option<String>,
    /// Who logs in.
    pub login: Option<String>,
    /// Secret.
    pub password: Option<String>,
    /// Database, bucket or path.
    pub schema: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// Everything else; usually, but not always, a JSON object. Parts of it may be secret.
    pub extra: Option<String>,
}

/// Why a text describes no connection. The text itself is not shown: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// The text is empty.
    #[error("the connection is empty; write a URI such as `postgres://user:password@host/schema`, or JSON")]
    Empty,
    /// The URI has no `type://`, or too many of them.
    #[error(
        "the connection is no URI such as `postgres://user:password@host/schema`; `@`, `:` and `/` in its parts are percent-encoded"
    )]
    Uri,
    /// The port is no number from 0 to 65535.
    #[error("the port of the connection is no number from 0 to 65535")]
    Port,
    /// The text begins with `{` and is no JSON object.
    #[error(
        "the connection begins with an opening brace but is no JSON object, at line {line}, column {column}"
    )]
    Json {
        /// Line of the mistake, from 1.
        line: usize,
        /// Column of the mistake, from 1.
        column: usize,
    },
    /// The JSON object has a field that a connection does not have.
    #[error(
        "a connection has no field `{name}`; it has conn_type, description, host, login, password, schema, port and extra"
    )]
    UnknownField {
        /// Its name.
        name: String,
    },
    /// A field of the JSON object has a value of the wrong type.
    #[error("field `{name}` of the connection is no text")]
    NoText {
        /// Its name.
        name: String,
    },
}

impl Connection {
    /// The connection as a URI, equal to Airflow's `get_uri`. It holds the password.
    pub fn to_uri(&self) -> String {
        connection_uri::write(self)
    }

    /// The connection as JSON, equal to Airflow's `as_json`: fields that are `None` are left out, `extra` is an object.
    /// It holds the password.
    pub fn to_json(&self) -> String {
        let mut fields = Map::new();
        let texts = [
            ("conn_type", &self.conn_type),
            ("description", &self.description),
            ("host", &self.host),
            ("login", &self.login),
            ("password", &self.password),
            ("schema", &self.schema),
        ];
        for (name, value) in texts {
            if let Some(text) = value {
                fields.insert(name.to_owned(), Value::from(text.as_str()));
            }
        }
        if let Some(port) = self.port {
            fields.insert("port".to_owned(), Value::from(port));
        }
        let extra = self.extra_fields();
        if !extra.is_empty() {
            fields.insert("extra".to_owned(), Value::Object(extra));
        }
        python_json::dumps(&Value::Object(fields))
    }

    /// The fields of `extra`; none if it is absent or no JSON object.
    pub fn extra_fields(&self) -> Map<String, Value> {
        match self.extra.as_deref().map(serde_json::from_str) {
            Some(Ok(Value::Object(fields))) => fields,
            _ => Map::new(),
        }
    }
}

impl FromStr for Connection {
    type Err = ConnectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            Err(ConnectionError::Empty)
        } else if text.starts_with('{') {
            parse_json(text)
        } else {
            connection_uri::parse(text)
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |secret: &Option<String>| secret.as_ref().map(|_| "***");
        formatter
            .debug_struct("Connection")
            .field("conn_type", &self.conn_type)
            .field("host", &self.host)
            .field("login", &self.login)
            .field("password", &hidden(&self.password))
            .field("schema", &self.schema)
            .field("port", &self.port)
            .field("extra", &hidden(&self.extra))
            .finish_non_exhaustive()
    }
}

/// Airflow's normal form of a connection type.
pub(crate) fn normal_type(conn_type: &str) -> String {
    if conn_type == "postgresql" {
        "postgres".to_owned()
    } else {
        conn_type.replace('-', "_")
    }
}

fn parse_json(text: &str) -> Result<Connection, ConnectionError> {
    let fields: Map<String, Value> = serde_json::from_str(text).map_err(|error| ConnectionError::Json {
        line: error.line(),
        column: error.column(),
    })?;
    let mut connection = Connection::default();
    for (name, value) in fields {
        match name.as_str() {
            "conn_type" => {
                connection.conn_type = text_field(&name, value)?
                    .filter(|text| !text.is_empty())
                    .as_deref()
                    .map(normal_type);
            }
            "description" => connection.description = text_field(&name, value)?,
            "host" => connection.host = text_field(&name, value)?,
            "login" => connection.login = text_field(&name, value)?,
            "password" => connection.password = text_field(&name, value)?,
            "schema" => connection.schema = text_field(&name, value)?,
            "port" => connection.port = port_field(&value)?,
            "extra" => connection.extra = extra_field(value),
            _ => return Err(ConnectionError::UnknownField { name }),
        }
    }
    Ok(connection)
}

fn text_field(name: &str, value: Value) -> Result<Option<String>, ConnectionError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(ConnectionError::NoText {
                name: name.to_owned(),
            })
        }
    }
}

/// A number, or a text that holds one; 0 and an empty text are no port.
fn port_field(value: &Value) -> Result<Option<u16>, ConnectionError> {
    let port = match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.trim().parse().map_err(|_| ConnectionError::Port)?),
        Value::Number(number) => {
            let port = number.as_u64().and_then(|port| u16::try_from(port).ok());
            Some(port.ok_or(ConnectionError::Port)?)
        }
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => return Err(ConnectionError::Port),
    };
    Ok(port.filter(|port| *port != 0))
}

/// A text as it is, anything else as JSON; what Python calls empty is none.
fn extra_field(value: Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Object(fields) if fields.is_empty() => None,
        Value::Array(values) if values.is_empty() => None,
        Value::Bool(true) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(python_json::dumps(&value))
        }
    }
}
