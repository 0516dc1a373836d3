//! The HTTP service.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use bullhorn::Clock;
use futures::future::BoxFuture;
use jiff::Timestamp;
use referral_etl::service::{EtlService, EtlServiceOptions, router};
use referral_etl::sync::Syncer;
use referral_store::EntityKind;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use updraft_sql::{Sql, statements};

use crate::harness::World;

statements! {
    /// What makes a database fail as a full disk and a read-only file do.
    PRAGMAS;

    FULL = Sql::per_backend("SELECT 1", "PRAGMA max_page_count = 1");

    READ_ONLY = Sql::per_backend("SELECT 1", "PRAGMA query_only = ON");
}

/// The service on a port of its own.
struct Service {
    url: String,
    service: EtlService,
    stop: CancellationToken,
    http: reqwest::Client,
    _server: JoinSet<()>,
}

impl Service {
    async fn start(world: &World) -> Self {
        Self::with(world, world.syncer()).await
    }

    async fn with(world: &World, syncer: Syncer) -> Self {
        let stop = CancellationToken::new();
        let options = EtlServiceOptions::new(world.rest_address());
        let service = EtlService::new(syncer, options, stop.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = router(service.clone());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self {
            url,
            service,
            stop,
            http: world.http().clone(),
            _server: server,
        }
    }

    async fn post(&self, path: &str, body: Value) -> reqwest::Response {
        self.http
            .post(format!("{}{path}", self.url))
            .json(&body)
            .send()
            .await
            .unwrap()
    }

    /// The events of a sync.
    async fn sync(&self, path: &str, body: Value) -> Vec<Value> {
        let response = self.post(path, body).await;
        assert_eq!(response.headers()["content-type"], "application/x-ndjson");
        let text = response.text().await.unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    async fn health(&self) -> (StatusCode, Value) {
        let response = self
            .http
            .get(format!("{}/health", self.url))
            .send()
            .await
            .unwrap();
        (response.status(), response.json().await.unwrap())
    }
}

fn names(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_sync_streams_progress_and_ends_in_a_summary() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let events = service
        .sync("/sync/candidates", json!({"run_id": "manual__1", "mode": "auto"}))
        .await;
    let (last, progress) = events.split_last().unwrap();
    assert!(
        !progress.is_empty() && names(progress).iter().all(|name| *name == "progress"),
        "{events:?}"
    );
    assert_eq!(last["event"], "summary");
    assert_eq!(
        (&last["entity"], &last["mode"], &last["fetched"]),
        (&json!("candidate"), &json!("full"), &json!(120))
    );
    for key in [
        "inserted",
        "updated",
        "unchanged",
        "deleted",
        "anonymised",
        "quarantined",
        "calls",
        "seconds",
    ] {
        assert!(last[key].is_number(), "{key}: {last}");
    }
    let again = service
        .sync("/sync/candidates", json!({"run_id": "manual__1"}))
        .await;
    assert_eq!(again.last().unwrap(), last, "a repeated request doubles nothing");
    let jobs = service
        .sync("/sync/positions", json!({"run_id": "manual__1"}))
        .await;
    assert_eq!(jobs.last().unwrap()["fetched"], 40);

    let (status, health) = service.health().await;
    assert_eq!((status, &health["status"]), (StatusCode::OK, &json!("ok")));
    assert_eq!(
        (&health["database"]["ok"], &health["bullhorn"]["ok"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(health["last_candidates"]["fetched"], 120);
    service.stop.cancel();
    service.service.finish().await;
}

#[tokio::test]
async fn requests_with_one_run_id_share_the_run_and_others_wait() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let (first, second, other) = tokio::join!(
        service.sync("/sync/candidates", json!({"run_id": "a"})),
        service.sync("/sync/candidates", json!({"run_id": "a"})),
        service.sync("/sync/candidates", json!({"run_id": "b"})),
    );
    assert_eq!(first.last(), second.last());
    assert_eq!(first.last().unwrap()["event"], "summary");
    let other = other.last().unwrap();
    assert_eq!(other["event"], "summary");
    let modes = [&first.last().unwrap()["mode"], &other["mode"]];
    assert!(
        modes.contains(&&json!("full")) && modes.contains(&&json!("incremental")),
        "{modes:?}"
    );
    assert!(world.store.count_live(EntityKind::Candidate).await.unwrap() > 100);
}

#[tokio::test]
async fn the_work_goes_on_when_the_client_hangs_up() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    drop(service.post("/sync/candidates", json!({"run_id": "a"})).await);
    let events = service.sync("/sync/candidates", json!({"run_id": "a"})).await;
    assert_eq!(events.last().unwrap()["fetched"], 120);
    let searches = world
        .requests()
        .await
        .iter()
        .filter(|r| r["endpoint"] == "search")
        .count();
    assert!(searches <= 8, "the work was done once: {searches} searches");
}

#[tokio::test]
async fn health_asks_bullhorn_without_logging_in() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    for _ in 0..3 {
        assert_eq!(service.health().await.0, StatusCode::OK);
    }
    assert!(world.requests().await.is_empty(), "a connection is enough");
}

#[tokio::test]
async fn errors_say_whether_a_retry_helps() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    world.fault(json!({"kind": "unavailable"}), "search", 0, 3).await;
    let events = service.sync("/sync/candidates", json!({"run_id": "a"})).await;
    let last = events.last().unwrap();
    assert_eq!(
        (&last["event"], &last["retryable"]),
        (&json!("error"), &json!(true))
    );
    assert!(
        last["message"].as_str().unwrap().contains("/search/Candidate"),
        "{last}"
    );
    let retried = service.sync("/sync/candidates", json!({"run_id": "a"})).await;
    assert_eq!(retried.last().unwrap()["event"], "summary");

    for (path, body, status) in [
        ("/sync/companies", json!({"run_id": "a"}), StatusCode::NOT_FOUND),
        ("/sync/candidates", json!({}), StatusCode::BAD_REQUEST),
        ("/sync/candidates", json!({"run_id": ""}), StatusCode::BAD_REQUEST),
        (
            "/sync/candidates",
            json!({"run_id": "a", "mode": "quick"}),
            StatusCode::BAD_REQUEST,
        ),
        (
            "/sync/candidates",
            json!({"run_id": "a", "extra": 1}),
            StatusCode::BAD_REQUEST,
        ),
    ] {
        let response = service.post(path, body.clone()).await;
        assert_eq!(response.status(), status, "{path} {body}");
        let event: Value = response.json().await.unwrap();
        assert_eq!(
            (&event["event"], &event["retryable"]),
            (&json!("error"), &json!(false))
        );
    }
}

#[tokio::test]
async fn a_stopping_service_finishes_its_page_and_says_that_a_retry_helps() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    service.stop.cancel();
    let events = service.sync("/sync/candidates", json!({"run_id": "a"})).await;
    let last = events.last().unwrap();
    assert_eq!(
        (&last["event"], &last["retryable"]),
        (&json!("error"), &json!(true)),
        "{last}"
    );
    service.service.finish().await;
    let later = Service::start(&world).await;
    let events = later.sync("/sync/candidates", json!({"run_id": "a"})).await;
    assert_eq!(events.last().unwrap()["fetched"], 120);
}

async fn logins(world: &World) -> usize {
    requests_to(world, "authorize").await
}

async fn requests_to(world: &World, endpoint: &str) -> usize {
    let requests = world.requests().await;
    requests
        .iter()
        .filter(|request| request["endpoint"] == endpoint)
        .count()
}

#[tokio::test]
async fn each_run_tries_refused_credentials_once_and_says_what_to_do() {
    let world = World::new().await;
    let syncer = Syncer::new(
        world.client("wrong-password"),
        world.store.clone(),
        world.clock(),
        world.options.clone(),
    );
    let service = Service::with(&world, syncer).await;
    for (tries, path) in [
        (1, "/sync/candidates"),
        (2, "/sync/candidates"),
        (3, "/sync/positions"),
    ] {
        let events = service.sync(path, json!({"run_id": "a"})).await;
        let last = events.last().unwrap();
        let message = last["message"].as_str().unwrap();
        assert_eq!(
            (&last["event"], &last["retryable"]),
            (&json!("error"), &json!(false)),
            "{last}"
        );
        assert!(
            message.contains("refused the user name or password")
                && message.contains("restart the ETL service"),
            "{message}"
        );
        assert!(!last.to_string().contains("wrong-password"), "{last}");
        assert_eq!(logins(&world).await, tries, "once per run");
    }
    let (_, health) = service.health().await;
    assert_eq!(health["last_candidates"]["retryable"], false);
    assert!(!health.to_string().contains("wrong-password"), "{health}");
}

#[tokio::test]
async fn an_account_that_is_put_right_at_bullhorn_needs_no_restart() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    world
        .fault(json!({"kind": "terms_of_service"}), "authorize", 0, 1)
        .await;
    let refused = service.sync("/sync/candidates", json!({"run_id": "a"})).await;
    let message = refused.last().unwrap()["message"].to_string();
    assert!(message.contains("terms of service"), "{message}");
    let later = service.sync("/sync/candidates", json!({"run_id": "a"})).await;
    assert_eq!(later.last().unwrap()["fetched"], 120);
    assert_eq!(logins(&world).await, 2);
}

/// A clock that fails once, as a bug outside of cleaning would.
#[derive(Debug)]
struct BrokenOnce {
    clock: Arc<dyn Clock>,
    is_broken: AtomicBool,
}

impl Clock for BrokenOnce {
    fn now(&self) -> Timestamp {
        assert!(!self.is_broken.swap(false, Ordering::SeqCst), "the bug");
        self.clock.now()
    }

    fn uptime(&self) -> Duration {
        self.clock.uptime()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.clock.sleep(duration)
    }
}

#[tokio::test]
async fn the_last_sync_to_end_logs_out_even_after_one_that_panicked() {
    let world = World::new().await;
    let clock = BrokenOnce {
        clock: world.clock(),
        is_broken: AtomicBool::new(true),
    };
    let client = world.client("sandbox-password");
    let syncer = Syncer::new(
        client,
        world.store.clone(),
        Arc::new(clock),
        world.options.clone(),
    );
    let service = Service::with(&world, syncer).await;
    let mut ends = Vec::new();
    for run_id in ["a", "b", "c"] {
        let events = service
            .sync("/sync/candidates", json!({ "run_id": run_id }))
            .await;
        ends.push(events.last().unwrap()["event"].clone());
    }
    assert_eq!(ends, ["error", "summary", "summary"]);
    assert_eq!(
        requests_to(&world, "logout").await,
        2,
        "one per run that ended well"
    );
}

#[tokio::test]
async fn a_full_or_read_only_database_is_said_and_not_tried_again() {
    for (pragma, says) in [
        (&FULL, "has no space left on its disk"),
        (&READ_ONLY, "cannot be written"),
    ] {
        let world = World::new().await;
        world.store.db().execute(pragma.query()).await.unwrap();
        let service = Service::start(&world).await;
        let events = service.sync("/sync/candidates", json!({"run_id": "a"})).await;
        let last = events.last().unwrap();
        assert_eq!(
            (&last["event"], &last["retryable"]),
            (&json!("error"), &json!(false)),
            "{last}"
        );
        let message = last["message"].as_str().unwrap();
        assert!(
            message.starts_with("the application database failed") && message.contains(says),
            "{message}"
        );
        assert_eq!(service.health().await.0, StatusCode::OK, "it can still be read");
    }
}
