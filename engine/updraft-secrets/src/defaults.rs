//! The connections that an Airflow makes on request, so that each type has one to begin with.

use serde::Deserialize;

use crate::Connection;

/// One connection in each line, as Airflow 3.3.2 makes it: services on this machine or none, with passwords that everybody knows.
const LINES: &str = include_str!("default_connections.jsonl");

#[derive(Deserialize)]
struct Line {
    conn_id: String,
    conn_type: String,
    host: Option<String>,
    login: Option<String>,
    password: Option<String>,
    schema: Option<String>,
    port: Option<u16>,
    extra: Option<String>,
}

/// Airflow's default connections with their ids.
///
/// # Panics
/// Never: a test reads every line.
pub fn default_connections() -> impl Iterator<Item = (String, Connection)> {
    LINES.lines().map(|line| {
        let line: Line = serde_json::from_str(line).expect("each line describes a connection");
        let connection = Connection {
            conn_type: Some(line.conn_type),
            description: None,
            host: line.host,
            login: line.login,
            password: line.password,
            schema: line.schema,
            port: line.port,
            extra: line.extra,
        };
        (line.conn_id, connection)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_describes_a_connection_and_no_id_comes_twice() {
        let ids: Vec<String> = default_connections().map(|(conn_id, _)| conn_id).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
        let (_, http) = default_connections()
            .find(|(conn_id, _)| conn_id == "http_default")
            .unwrap();
        assert_eq!(http.host.as_deref(), Some("https://www.httpbin.org/"));
    }
}
