//! Connections in both versions: their secrets come in and never out.

use std::time::Duration;

use axum::body::to_bytes;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{World, on_both, on_both_without_trials};

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

/// The status and the body of the answer to who asks for the trial of a token.
async fn trial(world: &World, token: &str) -> (StatusCode, Value) {
    let header = ("Airflow-Connection-Test-Token", token);
    let answer = world.open("/api/v2/connections/enqueue-test", header).await;
    let (parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, serde_json::from_slice(&bytes).unwrap())
}

/// What came of a trial, when it is over.
async fn outcome(world: &World, begun: &Value) -> Value {
    let asked = async {
        loop {
            let (status, told) = trial(world, begun["token"].as_str().unwrap()).await;
            assert_eq!(status, StatusCode::OK, "{told}");
            if told["state"] != "running" {
                break told;
            }
        }
    };
    timeout(Duration::from_mins(1), asked)
        .await
        .expect("the trial ends")
}

#[tokio::test]
async fn a_connection_is_tried_while_somebody_waits_for_the_outcome() {
    on_both(async |world| {
        let begin = "POST /api/v2/connections/enqueue-test";
        let mut body =
            json!({ "connection_id": "c", "conn_type": "http", "host": "bad", "password": "opensesame" });
        let begun = world.admin(begin, body.clone(), 202).await;
        assert_eq!(
            (&begun["state"], &begun["connection_id"]),
            (&json!("pending"), &json!("c"))
        );
        let told = outcome(world, &begun).await;
        assert_eq!(
            (&told["state"], &told["token"]),
            (&json!("failed"), &begun["token"])
        );
        assert_eq!(told["result_message"], "the password `***` is wrong");
        body["commit_on_success"] = true.into();
        outcome(world, &world.admin(begin, body.clone(), 202).await).await;
        world.admin("GET /api/v2/connections/c", Value::Null, 404).await;
        body["host"] = "good".into();
        let told = outcome(world, &world.admin(begin, body.clone(), 202).await).await;
        assert_eq!(
            (&told["state"], &told["result_message"]),
            (&json!("success"), &json!("Connection successfully tested"))
        );
        let kept = world.admin("GET /api/v2/connections/c", Value::Null, 200).await;
        assert_eq!(kept["host"], "good");

        let asks = "GET /api/v2/connections/enqueue-test";
        world.admin(asks, Value::Null, 422).await;
        assert_eq!(trial(world, "guessed").await.0, StatusCode::NOT_FOUND);
        assert_eq!(world.ask("Viewer", begin, body.clone()).await.status, 403);
        body["password"] = "***".into();
        world.admin(begin, body, 422).await;
    })
    .await;
}
