//! Connections as URIs, read and written as `Connection` of Airflow 2.11 does it.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::connection::{Connection, ConnectionError, normal_type};
use crate::percent::{parse_query, quote, quote_plus, unquote};
use crate::python_json;

/// The query parameter that holds an `extra` which is no object of texts.
const EXTRA_KEY: &str = "__extra__";

/// `type://[protocol://][login[:password]@][host][:port][/schema][?extra]`.
pub(crate) fn parse(uri: &str) -> Result<Connection, ConnectionError> {
    let (scheme, rest) = match uri.split_once("://") {
        Some(parts) => parts,
        // Airflow reads `fs:` as a type without anything else.
        None => (uri.strip_suffix(':').ok_or(ConnectionError::Uri)?, ""),
    };
    let is_scheme = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-._".contains(c))
    };
    if !is_scheme(scheme) {
        return Err(ConnectionError::Uri);
    }
    let (protocol, rest) = match rest.split_once("://") {
        Some((protocol, rest)) if !rest.contains("://") && is_scheme(protocol) => (Some(protocol), rest),
        Some(_) => return Err(ConnectionError::Uri),
        None => (None, rest),
    };
    let rest = rest.split_once('#').map_or(rest, |(before, _fragment)| before);
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, schema) = address.split_once('/').unwrap_or((address, ""));
    let (credentials, server) = match authority.rsplit_once('@') {
        Some((credentials, server)) => (Some(credentials), server),
        None => (None, authority),
    };
    let (login, password) = match credentials.map(|text| text.split_once(':').ok_or(text)) {
        None => (None, None),
        Some(Ok((login, password))) => (Some(unquote(login)), Some(unquote(password))),
        Some(Err(login)) => (Some(unquote(login)), None),
    };
    let (host, port) = split_server(server)?;
    Ok(Connection {
        conn_type: Some(normal_type(&scheme.to_lowercase())),
        description: None,
        host: Some(match protocol {
            Some(protocol) if !host.is_empty() => format!("{}://{host}", protocol.to_lowercase()),
            _ => host,
        }),
        login,
        password,
        schema: Some(unquote(schema)),
        port,
        extra: parse_extra(query),
    })
}

/// Host and port. A host is in small letters, unless it holds an encoded path.
fn split_server(server: &str) -> Result<(String, Option<u16>), ConnectionError> {
    let (host, port) = match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':').unwrap_or("")),
        None => server.split_once(':').unwrap_or((server, "")),
    };
    let port = match port {
        "" => None,
        port => Some(port.parse().map_err(|_| ConnectionError::Port)?),
    };
    let small = unquote(&host.to_lowercase());
    Ok((if small.contains('/') { unquote(host) } else { small }, port))
}

fn parse_extra(query: &str) -> Option<String> {
    if query.is_empty() {
        return None;
    }
    let pairs = parse_query(query);
    if let Some((_, extra)) = pairs.iter().find(|(name, _)| name == EXTRA_KEY) {
        return Some(extra.clone());
    }
    let fields: Map<String, Value> = pairs
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    Some(python_json::dumps(&Value::Object(fields)))
}

/// The URI of a connection, so that reading it gives the connection back.
pub(crate) fn write(connection: &Connection) -> String {
    let mut uri = match connection.conn_type.as_deref() {
        None | Some("") => "//".to_owned(),
        Some(conn_type) => format!("{}://", conn_type.to_lowercase().replace('_', "-")),
    };
    let host = connection.host.as_deref().unwrap_or_default();
    let (protocol, host) = match host.split_once("://") {
        Some((protocol, host)) => (Some(protocol), host),
        None => (None, host),
    };
    if let Some(protocol) = protocol {
        uri.push_str(protocol);
        uri.push_str("://");
    }
    let mut authority = connection.login.as_deref().map(quote).unwrap_or_default();
    if let Some(password) = &connection.password {
        authority.push(':');
        authority.push_str(&quote(password));
    }
    if !authority.is_empty() {
        authority.push('@');
    }
    uri.push_str(&authority);
    uri.push_str(&quote(host));
    if let Some(port) = connection.port.filter(|port| *port != 0) {
        // Without anything in front, the port would be read as part of a host.
        if host.is_empty() && authority.is_empty() {
            uri.push('@');
        }
        // Writing to a string cannot fail.
        let _ = write!(uri, ":{port}");
    }
    let schema = connection.schema.as_deref().unwrap_or_default();
    if !schema.is_empty() {
        uri.push('/');
        uri.push_str(&quote(schema));
    }
    if let Some(extra) = connection.extra.as_deref().filter(|extra| !extra.is_empty()) {
        uri.push_str(if schema.is_empty() { "/?" } else { "?" });
        uri.push_str(&write_extra(&connection.extra_fields(), extra));
    }
    uri
}

/// An object of texts becomes one parameter each; anything else one parameter that holds it whole.
fn write_extra(fields: &Map<String, Value>, extra: &str) -> String {
    let pairs: Option<Vec<String>> = fields
        .iter()
        .map(|(name, value)| {
            value
                .as_str()
                .map(|text| format!("{}={}", quote_plus(name), quote_plus(text)))
        })
        .collect();
    match pairs {
        Some(pairs) if !pairs.is_empty() && !fields.contains_key(EXTRA_KEY) => pairs.join("&"),
        _ => format!("{EXTRA_KEY}={}", quote_plus(extra)),
    }
}
