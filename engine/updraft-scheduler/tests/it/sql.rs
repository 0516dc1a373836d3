//! Looks at databases that tasks wait for.

use std::sync::Arc;

use serde_json::json;
use updraft_model::{Look, Trigger, Wait, WaitEnd};
use updraft_scheduler::Lookout;
use updraft_secrets::Environment;
use updraft_store::{DatabaseUrl, Store, StoreOptions};
use updraft_testing::databases;

const PASSWORD: &str = "s3cret-word";

/// What a look has seen, in a word and the words of it.
async fn seen(lookout: &Lookout, trigger: &Trigger) -> String {
    let seen = match lookout.look(&Wait::of(trigger).unwrap()).await.unwrap() {
        Look::Waiting(note) => format!("goes on: {note}"),
        Look::Ended(WaitEnd::Failed(reason)) => format!("failed: {reason}"),
        Look::Ended(end) => format!("{end:?}"),
    };
    assert!(!seen.contains(PASSWORD), "{seen}");
    seen
}

#[tokio::test]
async fn a_database_is_asked_as_its_connection_says_and_what_stands_in_the_way_is_told() {
    let database = databases::sqlite();
    let store = Store::open(database.url(), StoreOptions::default())
        .await
        .unwrap();
    store
        .migrate("2024-01-12T06:00:00Z".parse().unwrap())
        .await
        .unwrap();
    let file = database.url().place();
    let server = databases::postgres().await;
    let DatabaseUrl::Postgres(url) = server.url() else {
        panic!("it is a server");
    };
    let of_server = |port: u16, extra| {
        json!({"conn_type": "postgres", "host": url.host, "port": port, "login": url.user, "password": PASSWORD,
               "schema": url.database, "extra": extra})
        .to_string()
    };
    let secrets = Environment::new([
        (
            "AIRFLOW_CONN_FILE",
            json!({"conn_type": "sqlite", "host": file}).to_string(),
        ),
        ("AIRFLOW_CONN_URI", format!("sqlite://{file}")),
        (
            "AIRFLOW_CONN_SERVER",
            of_server(url.port, json!({"sslmode": "prefer"})),
        ),
        ("AIRFLOW_CONN_NOBODY", of_server(1, json!({}))),
        (
            "AIRFLOW_CONN_CERTIFIED",
            of_server(url.port, json!({"sslcert": "/x"})),
        ),
        ("AIRFLOW_CONN_WEB", format!("http://me:{PASSWORD}@127.0.0.1")),
        (
            "AIRFLOW_CONN_NEW",
            json!({"conn_type": "sqlite", "host": format!("{file}.new")}).to_string(),
        ),
        (
            "AIRFLOW_CONN_MEMORY",
            json!({"conn_type": "sqlite", "host": ":memory:"}).to_string(),
        ),
    ])
    .into();
    let lookout = Lookout::new(Arc::new(store), secrets);
    let pools = "SELECT count(*) FROM slot_pool";
    let cases = [
        ("file", "SELECT 1"),
        ("uri", "SELECT 1"),
        ("server", "SELECT true"),
        ("server", "SELECT 0"),
        ("server", "SELECT 1 WHERE false"),
        ("server", "SELECT missing"),
        ("file", "SELECT missing"),
        ("nobody", "SELECT 1"),
        ("certified", "SELECT 1"),
        ("web", "SELECT 1"),
        ("new", pools),
        ("memory", "SELECT 1"),
        ("missing", "SELECT 1"),
    ];
    let mut said = Vec::new();
    for (conn_id, sql) in cases {
        said.push(format!(
            "{conn_id}: {}",
            seen(&lookout, &Trigger::sql(conn_id, sql)).await
        ));
    }
    insta::assert_snapshot!(said.join("\n"));
}
