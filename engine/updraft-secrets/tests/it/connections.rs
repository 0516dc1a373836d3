//! Connections as Airflow reads and writes them.

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use updraft_secrets::{Connection, ConnectionError, Environment};

#[derive(Deserialize)]
struct Vector {
    value: String,
    connection: Option<serde_json::Map<String, Value>>,
    uri: Option<String>,
    #[serde(default)]
    error: bool,
}

fn expected(fields: &serde_json::Map<String, Value>) -> Connection {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    Connection {
        conn_type: text("conn_type"),
        description: text("description"),
        host: text("host"),
        login: text("login"),
        password: text("password"),
        schema: text("schema"),
        port: fields.get("port").and_then(Value::as_u64).map(|port| port as u16),
        extra: text("extra"),
    }
}

#[test]
fn values_are_read_and_written_as_airflow_does() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../vectors/connections.json")).unwrap();
    for vector in vectors {
        let read = vector.value.parse::<Connection>();
        let Some(fields) = &vector.connection else {
            assert!(vector.error && read.is_err(), "{}: {read:?}", vector.value);
            continue;
        };
        let read = read.unwrap_or_else(|error| panic!("{}: {error}", vector.value));
        let expected = expected(fields);
        assert!(
            read == expected,
            "{}: {} {}",
            vector.value,
            read.to_json(),
            expected.to_json()
        );
        assert_eq!(Some(read.to_uri()), vector.uri, "{}", vector.value);
    }
}

#[test]
fn mistakes_are_named_without_showing_the_value() {
    for (value, error) in [
        ("  ", ConnectionError::Empty),
        ("just text", ConnectionError::Uri),
        ("http://a://b://c", ConnectionError::Uri),
        ("http://us:er@x://host", ConnectionError::Uri),
        ("http://h:99999/", ConnectionError::Port),
        ("{\"port\": \"x\"}", ConnectionError::Port),
        (
            "{\"host\": 1}",
            ConnectionError::NoText {
                name: "host".to_owned(),
            },
        ),
        (
            "{\"uri\": \"x\"}",
            ConnectionError::UnknownField {
                name: "uri".to_owned(),
            },
        ),
        ("{\n\"host\": }", ConnectionError::Json { line: 2, column: 9 }),
    ] {
        assert_eq!(value.parse::<Connection>(), Err(error), "{value}");
    }
}

#[test]
fn the_environment_answers_in_capitals() {
    let environment = Environment::new([
        ("AIRFLOW_CONN_MY_DB", "postgres://u:hunter2@h/d"),
        ("AIRFLOW_CONN_EMPTY", " "),
        ("AIRFLOW_VAR_KEY", "value"),
        ("PATH", "/bin"),
    ]);
    assert_eq!(
        environment
            .connection("my_db")
            .unwrap()
            .unwrap()
            .password
            .as_deref(),
        Some("hunter2")
    );
    assert_eq!(environment.connection("empty").unwrap(), None);
    assert_eq!(environment.connection("other").unwrap(), None);
    assert_eq!(environment.variable("Key"), Some("value"));
    assert_eq!(
        (environment.connection_ids().len(), environment.variable_keys()),
        (2, vec!["key".to_owned()])
    );
    assert!(!format!("{environment:?}").contains("hunter2"));
    assert!(!format!("{:?}", environment.connection("my_db")).contains("hunter2"));
}

proptest! {
    #[test]
    fn a_uri_reads_back_as_the_connection_it_was_made_of(
        conn_type in "[a-z][a-z0-9_]{0,8}",
        host in "[a-z0-9.]{1,8}",
        login in proptest::option::of(".{1,8}"),
        password in ".{0,8}",
        schema in ".{0,8}",
        port in proptest::option::of(1_u16..),
        extra in proptest::collection::btree_map("[a-z]{1,4}", ".{0,6}", 0..3),
    ) {
        prop_assume!(conn_type != "postgresql");
        let extra = (!extra.is_empty()).then(|| Value::from_iter(extra));
        let connection = Connection {
            conn_type: Some(conn_type), description: None, host: Some(host),
            password: login.is_some().then_some(password), login, schema: Some(schema), port,
            extra: None,
        };
        let read: Connection = connection.to_uri().parse().unwrap();
        prop_assert_eq!(&read, &connection);
        let with_extra = Connection { extra: extra.as_ref().map(Value::to_string), ..connection };
        let read: Connection = with_extra.to_uri().parse().unwrap();
        prop_assert_eq!(read.extra_fields(), with_extra.extra_fields());
        let again: Connection = with_extra.to_json().parse().unwrap();
        prop_assert_eq!(again.extra_fields(), with_extra.extra_fields());
        prop_assert_eq!((again.host, again.login, again.port), (with_extra.host, with_extra.login, with_extra.port));
    }
}
