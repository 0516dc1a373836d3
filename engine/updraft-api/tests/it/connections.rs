//! Connections in both versions: their secrets come in and never out.

use serde_json::{Value, json};

use crate::support::{on_both, on_both_without_trials};

fn body() -> Value {
    json!({
        "connection_id": "db", "conn_type": "postgres", "host": "db.example", "login": "ann", "password": "opensesame",
        "port": 5432, "extra": "{\"api_key\": \"opensesame\", \"sslmode\": \"require\"}",
    })
}

#[tokio::test]
async fn connections_live_in_version_1() {
    on_both(async |world| {
        let made = world.admin("POST /api/v1/connections", body(), 200).await;
        assert_eq!(made["extra"], "{\"api_key\":\"***\",\"sslmode\":\"require\"}");
        assert!(!made.to_string().contains("opensesame"));
        world.admin("POST /api/v1/connections", body(), 409).await;
        world
            .admin("POST /api/v1/connections", json!({ "connection_id": "x" }), 400)
            .await;
        let odd = json!({ "connection_id": "a b", "conn_type": "http" });
        world.admin("POST /api/v1/connections", odd, 400).await;
        let change = json!({ "host": "other.example", "port": 1 });
        let patched = world
            .admin("PATCH /api/v1/connections/db?update_mask=host", change, 200)
            .await;
        assert_eq!(
            (&patched["host"], &patched["port"]),
            (&json!("other.example"), &json!(5432))
        );
        let stored = world.store.connection("db").await.unwrap().unwrap();
        assert_eq!(stored.password.as_deref(), Some("opensesame"));
        let listed = world.admin("GET /api/v1/connections", Value::Null, 200).await;
        assert_eq!(listed["connections"][0]["connection_id"], "db");
        assert!(!listed.to_string().contains("opensesame"));
        world
            .admin("DELETE /api/v1/connections/db", Value::Null, 204)
            .await;
        world.admin("GET /api/v1/connections/db", Value::Null, 404).await;
    })
    .await;
}

#[tokio::test]
async fn connections_live_in_version_2_and_what_is_hidden_can_be_sent_back() {
    on_both(async |world| {
        let made = world.admin("POST /api/v2/connections", body(), 201).await;
        assert_eq!(made["password"], "***");
        assert!(!made.to_string().contains("opensesame"));
        world.admin("POST /api/v2/connections", body(), 409).await;
        world
            .admin("POST /api/v2/connections", json!({ "connection_id": "x" }), 422)
            .await;
        let again = json!({
            "connection_id": "db", "conn_type": "postgres", "host": "other.example", "password": "***",
        });
        let patched = world.admin("PATCH /api/v2/connections/db", again, 200).await;
        assert_eq!(
            (&patched["host"], &patched["login"]),
            (&json!("other.example"), &Value::Null)
        );
        let stored = world.store.connection("db").await.unwrap().unwrap();
        assert_eq!(stored.password.as_deref(), Some("opensesame"));
        let found = "GET /api/v2/connections?connection_id_pattern=D_";
        let listed = world.admin(found, Value::Null, 200).await;
        assert_eq!(listed["total_entries"], 1);
        world
            .admin("DELETE /api/v2/connections/db", Value::Null, 204)
            .await;
        world
            .admin("DELETE /api/v2/connections/db", Value::Null, 404)
            .await;
    })
    .await;
}

#[tokio::test]
async fn default_connections_are_made_beside_those_that_there_are() {
    on_both(async |world| {
        let own = json!({ "connection_id": "http_default", "conn_type": "http", "host": "own.example" });
        world.admin("POST /api/v2/connections", own, 201).await;
        for _ in 0..2 {
            world
                .admin("POST /api/v2/connections/defaults", Value::Null, 204)
                .await;
        }
        let all = world
            .admin("GET /api/v2/connections?limit=1", Value::Null, 200)
            .await;
        assert_eq!(all["total_entries"], 62);
        let kept = world
            .admin("GET /api/v2/connections/http_default", Value::Null, 200)
            .await;
        assert_eq!(kept["host"], "own.example");
        let refused = world
            .ask("Viewer", "POST /api/v2/connections/defaults", Value::Null)
            .await;
        assert_eq!(refused.status, 403);
    })
    .await;
}

#[tokio::test]
async fn a_connection_is_tried_and_its_secrets_do_not_come_back() {
    on_both(async |world| {
        for version in ["v1", "v2"] {
            let test = format!("POST /api/{version}/connections/test");
            let mut body = json!({ "connection_id": "c", "conn_type": "http", "host": "good", "password": "opensesame" });
            let good = world.admin(&test, body.clone(), 200).await;
            assert_eq!(good, json!({ "status": true, "message": "Connection successfully tested" }));
            body["host"] = "bad".into();
            let bad = world.admin(&test, body.clone(), 200).await;
            assert_eq!(bad, json!({ "status": false, "message": "the password `***` is wrong" }));
            body["password"] = "***".into();
            let malformed = if version == "v1" { 400 } else { 422 };
            world.admin(&test, body.clone(), malformed).await;
            world.admin(&test, json!({ "connection_id": "c" }), malformed).await;
            assert_eq!(world.ask("Viewer", &test, body).await.status, 403);
        }
        world.admin("GET /api/v2/connections/c", Value::Null, 404).await;
    })
    .await;
}

#[tokio::test]
async fn no_connection_is_tried_unless_the_installation_allows_it() {
    on_both_without_trials(async |world| {
        let body = json!({ "connection_id": "c", "conn_type": "http", "host": "good" });
        for version in ["v1", "v2"] {
            let test = format!("POST /api/{version}/connections/test");
            let refused = world.admin(&test, body.clone(), 403).await;
            assert!(
                refused["detail"]
                    .as_str()
                    .unwrap()
                    .starts_with("Testing connections is disabled")
            );
        }
    })
    .await;
}
