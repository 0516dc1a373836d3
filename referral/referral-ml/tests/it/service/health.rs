//! `GET /health`, and a database that cannot be written.

use axum::http::StatusCode;
use serde_json::json;
use updraft_sql::{Sql, statements};

use super::harness::{Service, Trades, World, candidate};

statements! {
    /// What makes a database fail as a full disk and a read-only file do.
    PRAGMAS;

    FULL = Sql::per_backend("SELECT 1", "PRAGMA max_page_count = 1");

    READ_ONLY = Sql::per_backend("SELECT 1", "PRAGMA query_only = ON");
}

#[tokio::test]
async fn health_names_the_model_and_says_when_the_database_is_away() {
    let world = World::new().await;
    let service = Service::start(world.store.clone(), Trades::allowed(0)).await;
    let model = json!({ "name": "trades", "sha256": "5a".repeat(32), "precision": "f32", "dimensions": 4 });
    let expected = json!({ "status": "ok", "service": "ml", "model": model });
    assert_eq!(service.health().await, (StatusCode::OK, expected));

    world.store.close().await;
    let (status, health) = service.health().await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        (&health["status"], &health["model"]),
        (&json!("unavailable"), &model)
    );
    assert!(health["error"].as_str().unwrap().contains("test.db"), "{health}");
}

#[tokio::test]
async fn a_full_or_read_only_database_is_said_and_not_tried_again() {
    for (pragma, path, says) in [
        (&FULL, "/embeddings/candidates", "has no space left on its disk"),
        (&READ_ONLY, "/embeddings/candidates", "cannot be written"),
        (&READ_ONLY, "/matches", "cannot be written"),
    ] {
        let world = World::new().await;
        let texts = (1..=40).map(|id| candidate(id, &format!("welder {id} {}", "x".repeat(800)), &[], 1));
        world.candidates(texts.collect()).await;
        world.store.db().execute(pragma.query()).await.unwrap();
        let service = Service::start(world.store.clone(), Trades::allowed(100)).await;
        let last = service.run(path, "a").await.pop().unwrap();
        assert_eq!(
            (&last["event"], &last["retryable"]),
            (&json!("error"), &json!(false)),
            "{path}: {last}"
        );
        let message = last["message"].as_str().unwrap();
        assert!(
            message.starts_with("the application database failed") && message.contains(says),
            "{message}"
        );
        assert_eq!(service.health().await.0, StatusCode::OK, "it can still be read");
    }
}
