//! What goes wrong between the syncer and Bullhorn.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bullhorn::{Client, Credentials, Jitter, Options, Secret, Setup};
use referral_etl::sync::RequestedMode::Auto;
use referral_etl::sync::Syncer;
use referral_store::EntityKind;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::harness::{World, accounted, assert_same_rows, run};

/// Undisturbed rows, and the same with faults: both must be equal.
async fn check(faults: &[(Value, &str, u32, u32)]) {
    let world = World::new().await;
    let (quiet, _folder) = world.beside().await;
    run(
        &world.syncer_into(quiet.clone()),
        EntityKind::Candidate,
        "quiet",
        Auto,
    )
    .await
    .unwrap();
    for (fault, endpoint, skip, times) in faults {
        world.fault(fault.clone(), endpoint, *skip, *times).await;
    }
    let summary = world.candidates("r1", Auto).await;
    assert_eq!((summary.fetched, accounted(&summary)), (120, 120), "{faults:?}");
    assert_same_rows(&world.store, &quiet).await;
}

#[tokio::test]
async fn bursts_of_429_are_waited_out() {
    check(&[
        (
            json!({"kind": "rate_limited", "headers": true, "retry_after_s": 2}),
            "search",
            1,
            2,
        ),
        (json!({"kind": "capacity_exceeded"}), "search", 3, 2),
    ])
    .await;
}

#[tokio::test]
async fn sessions_killed_in_the_middle_are_renewed() {
    check(&[
        (json!({"kind": "session_killed"}), "search", 2, 1),
        (json!({"kind": "session_killed"}), "search", 4, 1),
        (json!({"kind": "session_killed"}), "ping", 0, 1),
    ])
    .await;
}

#[tokio::test]
async fn broken_answers_are_asked_for_again() {
    check(&[
        (json!({"kind": "truncated"}), "search", 1, 1),
        (json!({"kind": "unavailable"}), "search", 2, 2),
        (json!({"kind": "bad_gateway"}), "search", 4, 1),
        (json!({"kind": "empty_body"}), "search", 5, 1),
    ])
    .await;
}

#[tokio::test]
async fn rows_that_the_index_only_remembers_are_quarantined() {
    let world = World::new().await;
    world
        .fault(json!({"kind": "error_rows", "every": 10}), "search", 1, 1)
        .await;
    let summary = world.candidates("r1", Auto).await;
    assert_eq!(accounted(&summary), summary.fetched);
    assert!(summary.quarantined >= 2, "{summary:?}");
}

#[tokio::test]
async fn a_service_that_stays_down_is_a_retryable_error_and_the_retry_goes_on() {
    let world = World::new().await;
    world.fault(json!({"kind": "unavailable"}), "search", 2, 3).await;
    let error = world.sync(EntityKind::Candidate, "r1", Auto).await.unwrap_err();
    let report = error.report();
    assert!(error.is_retryable(), "{report}");
    assert!(
        report.contains("503") && report.contains("/search/Candidate"),
        "{report}"
    );
    let summary = world.candidates("r1", Auto).await;
    assert_eq!(
        (summary.fetched, accounted(&summary)),
        (120, 120),
        "counts are those of the whole run"
    );
}

#[tokio::test]
async fn an_unreachable_service_is_named_with_its_address_and_cause() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = run(&syncer_at(&world, &address), EntityKind::Candidate, "r1", Auto)
        .await
        .unwrap_err();
    let report = error.report();
    assert!(error.is_retryable(), "{report}");
    assert!(
        report.contains("127.0.0.1") && report.contains("cannot connect"),
        "{report}"
    );
    assert!(
        !report.contains("sandbox-password") && !report.contains("sandbox-secret"),
        "{report}"
    );
}

#[tokio::test]
async fn wrong_credentials_are_tried_once_and_final() {
    let world = World::new().await;
    let client = world.client("wrong-password");
    let syncer = Syncer::new(client, world.store.clone(), world.clock(), world.options.clone());
    for _ in 0..3 {
        let error = run(&syncer, EntityKind::Candidate, "r1", Auto).await.unwrap_err();
        let report = error.report();
        assert!(!error.is_retryable(), "{report}");
        assert!(
            report.contains("refused the user name or password") && !report.contains("wrong-password"),
            "{report}"
        );
    }
    let logins = world
        .requests()
        .await
        .iter()
        .filter(|r| r.to_string().contains("authorize"))
        .count();
    assert_eq!(logins, 1, "an account is locked by repeated failures");
}

/// Changes the answer to a search of the sandbox.
pub(crate) type Tamper = fn(&mut Value);

/// Drops the row in the middle of the first page of versions, as a damaged index does.
pub(crate) fn hide_a_row(answer: &mut Value) {
    if let Some(rows) = answer["data"].as_array_mut().filter(|rows| rows.len() > 20) {
        rows.remove(10);
    }
}

/// Leaves the answer; the query is changed instead, see [`forward`].
pub(crate) fn forget_dates(_answer: &mut Value) {}

/// A proxy in front of the sandbox that tampers with searches. Returns its address.
pub(crate) async fn proxy(world: &World, tamper: Tamper) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let state = Forward {
        target: world.url.clone(),
        own: url.clone(),
        http: world.http().clone(),
        tamper,
    };
    let router = Router::new().fallback(forward).with_state(state);
    let mut server = JoinSet::new();
    server.spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).await.unwrap();
    });
    Proxy { url, _server: server }
}

/// A proxy that runs until it is dropped.
pub(crate) struct Proxy {
    url: String,
    _server: JoinSet<()>,
}

impl std::ops::Deref for Proxy {
    type Target = str;

    fn deref(&self) -> &str {
        &self.url
    }
}

#[derive(Clone)]
struct Forward {
    target: String,
    own: String,
    http: reqwest::Client,
    tamper: Tamper,
}

async fn forward(State(state): State<Forward>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 24).await.unwrap();
    let mut path = parts.uri.path_and_query().unwrap().to_string();
    let forgets = std::ptr::fn_addr_eq(state.tamper, forget_dates as Tamper);
    if forgets && path.contains("/search/") {
        path = without_dates(&path);
    }
    let mut headers = parts.headers;
    headers.remove("host");
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    drop(state.http);
    let sent = client
        .request(parts.method, format!("{}{path}", state.target))
        .headers(headers)
        .body(body);
    let reply = sent.send().await.unwrap();
    let (status, mut headers) = (reply.status(), reply.headers().clone());
    headers.remove("content-length");
    headers.remove("transfer-encoding");
    if let Some(location) = headers.get("location").and_then(|value| value.to_str().ok()) {
        let location = location.replace(&state.target, &state.own).parse().unwrap();
        headers.insert("location", location);
    }
    // The sandbox names its own address in its replies; the client must come back here.
    let text = reply.text().await.unwrap().replace(&state.target, &state.own);
    let body = match serde_json::from_str::<Value>(&text) {
        Ok(mut json) if path.contains("/search/") => {
            (state.tamper)(&mut json);
            json.to_string()
        }
        _ => text,
    };
    (status, headers, body).into_response()
}

/// The request with a query that finds everything, where it asked for dates.
fn without_dates(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = url::form_urlencoded::parse(query.as_bytes()).map(|(key, value)| {
        let ignored = key == "query" && value.contains("dateLastModified");
        (key, if ignored { "id:[1 TO *]".into() } else { value })
    });
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    format!("{path}?{query}")
}

/// A syncer of the world's store that finds Bullhorn at another address.
pub(crate) fn syncer_at(world: &World, address: &str) -> Syncer {
    let credentials = Credentials {
        client_id: "sandbox-client".to_owned(),
        client_secret: Secret::new("sandbox-secret"),
        username: "sandbox.user".to_owned(),
        password: Secret::new("sandbox-password"),
        redirect_uri: None,
    };
    let options = Options {
        attempts_max: 2,
        calls_per_minute: 1_000_000,
        ..Options::default()
    };
    let setup = Setup::new(credentials, format!("{address}/rest-services/"));
    let client = Client::new(
        setup
            .options(options)
            .clock(world.clock())
            .jitter(Jitter::seeded(1)),
    )
    .unwrap();
    Syncer::new(client, world.store.clone(), world.clock(), world.options.clone())
}
