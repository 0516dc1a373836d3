//! `POST /embeddings/candidates` and `/embeddings/positions`.

use axum::http::StatusCode;
use futures::StreamExt;
use referral_store::Candidate;
use serde_json::{Value, json};

use super::harness::{Service, Trades, World, candidate, position};

const CANDIDATES: &str = "/embeddings/candidates";

/// Texts that are embedded and stored together.
const BATCH: usize = 16;

fn people(count: i64) -> Vec<Candidate> {
    (1..=count)
        .map(|id| candidate(id, &format!("welder {id}"), &[], 1))
        .collect()
}

fn counts(summary: &Value) -> [u64; 4] {
    ["embedded", "unchanged", "removed", "total"].map(|name| summary[name].as_u64().unwrap())
}

#[tokio::test]
async fn progress_is_told_and_only_new_or_changed_text_is_embedded_again() {
    let world = World::new().await;
    world.candidates(people(40)).await;
    world.positions(vec![position(1, "baker wanted", &[], 1)]).await;
    let embedder = Trades::allowed(100);
    let service = Service::start(world.store.clone(), embedder.clone()).await;

    let events = service.run(CANDIDATES, "r1").await;
    let (last, progress) = events.split_last().unwrap();
    assert!(!progress.is_empty());
    for event in progress {
        assert_eq!(event["event"], "progress", "{event}");
        assert!(event["done"].as_u64().unwrap() <= 40, "{event}");
    }
    let told = progress.last().unwrap();
    assert_eq!(
        (&told["total"], &told["message"]),
        (&json!(40), &json!("candidates embedded"))
    );
    assert_eq!(counts(last), [40, 0, 0, 40]);
    assert_eq!(embedder.take_asked().len(), 40);
    assert_eq!(
        counts(&service.summary("/embeddings/positions", "r1").await),
        [1, 0, 0, 1]
    );
    assert_eq!(embedder.take_asked(), ["baker wanted"]);

    assert_eq!(
        &service.summary(CANDIDATES, "r1").await,
        last,
        "a repeated request doubles nothing"
    );
    assert_eq!(counts(&service.summary(CANDIDATES, "r2").await), [0, 40, 0, 40]);
    assert!(embedder.take_asked().is_empty());

    // One text changes, one person is new, one only changes skills, one is deleted with the vector.
    let changed = vec![
        candidate(1, "nurse", &[], 2),
        candidate(41, "baker", &[], 1),
        candidate(2, "welder 2", &["tig"], 2),
    ];
    world.candidates(changed).await;
    world.delete_candidate(3).await;
    let third = service.summary(CANDIDATES, "r3").await;
    assert_eq!(counts(&third)[0], 2, "{third}");
    assert_eq!(counts(&third)[3], 40, "{third}");
    assert_eq!(embedder.take_asked(), ["nurse", "baker"]);
}

#[tokio::test]
async fn requests_of_one_run_share_it_and_each_text_is_embedded_once() {
    let world = World::new().await;
    world.candidates(people(20)).await;
    let embedder = Trades::allowed(0);
    let service = Service::start(world.store.clone(), embedder.clone()).await;
    let both_wait = async {
        // Each request is at work, or has joined, once its answer has begun.
        let body = json!({ "run_id": "r1" });
        let (first, second) = tokio::join!(service.post(CANDIDATES, &body), service.post(CANDIDATES, &body));
        embedder.allow();
        tokio::join!(first.text(), second.text())
    };
    let (first, second) = both_wait.await;
    let last = |text: Result<String, reqwest::Error>| text.unwrap().lines().last().unwrap().to_owned();
    let (first, second) = (last(first), last(second));
    assert_eq!(first, second);
    assert_eq!(counts(&serde_json::from_str(&first).unwrap()), [20, 0, 0, 20]);
    assert_eq!(embedder.take_asked().len(), 20);
}

/// A service in a runtime of its own, killed with it after its first batch, as `kill -9` does.
fn killed_after_one_batch(world: &World) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let embedder = Trades::allowed(1);
    runtime.block_on(async {
        let service = Service::start(world.open_again().await, embedder.clone()).await;
        let response = service.post(CANDIDATES, &json!({ "run_id": "r1" })).await;
        let mut lines = response.bytes_stream();
        let one_batch = format!("\"done\":{BATCH},");
        while let Some(chunk) = lines.next().await {
            let text = String::from_utf8(chunk.unwrap().to_vec()).unwrap();
            assert!(
                !text.contains("summary"),
                "the embedder was allowed one batch: {text}"
            );
            if text.contains(&one_batch) {
                return;
            }
        }
        panic!("the answer ended before the first batch was told");
    });
    assert_eq!(embedder.take_asked().len(), BATCH);
    runtime.shutdown_background();
}

#[test]
fn a_run_that_was_killed_goes_on_behind_its_last_batch_and_reports_the_whole() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(async {
        let world = World::new().await;
        world.candidates(people(40)).await;
        world
    });
    killed_after_one_batch(&world);
    let embedder = Trades::allowed(100);
    let summary = runtime.block_on(async {
        let service = Service::start(world.store.clone(), embedder.clone()).await;
        service.summary(CANDIDATES, "r1").await
    });
    assert_eq!(counts(&summary), [40, 0, 0, 40]);
    let rest = embedder.take_asked();
    assert_eq!(rest.len(), 40 - BATCH, "the first batch is not embedded again");
}

#[tokio::test]
async fn a_stopping_service_says_that_a_retry_helps_and_the_run_goes_on() {
    let world = World::new().await;
    world.candidates(people(40)).await;
    let embedder = Trades::allowed(0);
    let service = Service::start(world.store.clone(), embedder.clone()).await;
    let response = service.post(CANDIDATES, &json!({ "run_id": "r1" })).await;
    service.stop.cancel();
    embedder.allow();
    let text = response.text().await.unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["event"], &last["retryable"]),
        (&json!("error"), &json!(true)),
        "{last}"
    );
    service.service.finish().await;
    let before = embedder.take_asked().len();
    assert!(before < 40, "{before}");

    let later = Service::start(world.store.clone(), embedder.clone()).await;
    assert_eq!(counts(&later.summary(CANDIDATES, "r1").await), [40, 0, 0, 40]);
    assert_eq!(embedder.take_asked().len() + before, 40);
}

#[tokio::test]
async fn requests_that_are_not_understood_are_final_errors() {
    let world = World::new().await;
    let service = Service::start(world.store.clone(), Trades::allowed(0)).await;
    let pair = json!({ "position_id": 1, "candidate_id": 1, "verbose": true });
    for (path, body, status) in [
        (
            "/embeddings/companies",
            json!({ "run_id": "a" }),
            StatusCode::NOT_FOUND,
        ),
        (CANDIDATES, json!({}), StatusCode::BAD_REQUEST),
        (CANDIDATES, json!({ "run_id": "" }), StatusCode::BAD_REQUEST),
        (
            CANDIDATES,
            json!({ "run_id": "a", "force": true }),
            StatusCode::BAD_REQUEST,
        ),
        (
            "/matches",
            json!({ "run_id": "a", "threshold": 50 }),
            StatusCode::BAD_REQUEST,
        ),
        ("/matches", json!([]), StatusCode::BAD_REQUEST),
        ("/matches/explain", pair, StatusCode::BAD_REQUEST),
    ] {
        let (found, event) = service.ask(path, &body).await;
        assert_eq!(
            (found, &event["event"], &event["retryable"]),
            (status, &json!("error"), &json!(false)),
            "{path} {body}"
        );
    }
}
